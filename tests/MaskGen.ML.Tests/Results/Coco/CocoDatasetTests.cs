using System.Text;
using FsCheck.Xunit;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class CocoDatasetTests
{
    // A hand-made file in the order and with the fields of COCO's own, one annotation in each form of shape.
    private const string HandMade = """
        {"info":{"year":2017},"licenses":[{"id":1}],
         "images":[{"id":397133,"file_name":"b.jpg","height":4,"width":6,"license":1},{"id":2,"file_name":"x/a.jpg","height":3,"width":2}],
         "annotations":[
          {"id":9,"image_id":397133,"category_id":17,"iscrowd":0,"area":3.5,"bbox":[1,1,2,2],"segmentation":[[1,1,3,1,3,3,1,3],[5,0,6,0,6.0,1,5,1]]},
          {"id":8,"image_id":2,"category_id":1,"iscrowd":1,"segmentation":{"size":[3,2],"counts":[1,2,3]}},
          {"id":7,"image_id":397133,"category_id":1,"segmentation":{"size":[4,6],"counts":"0h0"},"predicted_iou":0.5,"point_coords":[[1,2.5]]}],
         "categories":[{"supercategory":"animal","id":17,"name":"cat"},{"id":1,"name":"person"}]}
        """;

    [Fact]
    public void Read_EachFormOfShape_GivesTheMasksByFileName()
    {
        var dataset = Parse(HandMade);

        Assert.Equal(["b.jpg", "x/a.jpg"], dataset.Images.Select(image => image.FileName));
        Assert.Equal(
            [(17L, "cat", "animal"), (1L, "person", null)],
            dataset.Categories.Select(category => (category.Id, category.Name, category.Supercategory)));
        Assert.Equal(
            [(9L, 17L, false), (7L, 1L, false)],
            dataset.Images[0].Annotations.Select(found => (found.Id, found.CategoryId!.Value, found.IsCrowd)));
        Assert.True(dataset.Images[1].Annotations.Single().IsCrowd);
        Assert.Equal(
            [
                MaskRecord.From(TestMask.Draw(".....#", ".##...", ".##...", "......")) with { Label = "cat" },
                MaskRecord.From(TestMask.Draw("######", "######", "######", "######")) with
                {
                    PredictedIou = 0.5f, Points = [new(1, 2.5f)], Label = "person",
                },
            ],
            dataset["b.jpg"]);
        Assert.Equal([MaskRecord.From(TestMask.Draw("..", "#.", "#.")) with { Label = "person" }], dataset["x/a.jpg"]);
        Assert.Equal("COCO data set of 2 images with 3 masks", dataset.ToString());
    }

    [Fact]
    public void Indexer_UnknownFile_SaysWhichWasAskedFor()
    {
        var dataset = Parse(HandMade);

        Assert.Contains("'a.jpg'", Assert.Throws<KeyNotFoundException>(() => dataset["a.jpg"]).Message, StringComparison.Ordinal);
        Assert.False(dataset.TryGetMasks("B.JPG", out var none));
        Assert.Null(none);
        Assert.True(dataset.TryGetMasks("b.jpg", out var masks));
        Assert.Equal(2, masks.Count);
    }

    [Property(MaxTest = 60)]
    public void Load_WhatTheWriterWrote_IsTheSame(int seed, bool asPolygons)
    {
        var random = new Random(seed);
        using var folder = new TestFolder();
        var options = new CocoDatasetOptions { Segmentation = asPolygons ? CocoSegmentation.Polygons : CocoSegmentation.RunLengths };
        var sets = Enumerable.Range(0, random.Next(4)).Select(_ => RandomSet(random)).ToArray();
        using (var writer = new CocoDatasetWriter(folder["a.json"], options))
        {
            for (var i = 0; i < sets.Length; i++)
            {
                writer.AddImage($"{i}/é.png", sets[i]);
            }

            writer.Complete();
        }

        var read = CocoDataset.Load(folder["a.json"]);

        Assert.Equal(sets.Length, read.Images.Count);
        Assert.Equal("object", read.Categories.Single().Name);
        for (var i = 0; i < sets.Length; i++)
        {
            Assert.Equal(sets[i].ImageSize, read[$"{i}/é.png"].ImageSize);
            Assert.Equal(sets[i], read[$"{i}/é.png"]);
        }
    }

    [Theory]
    [InlineData("\"image_id\":2", "\"image_id\":3", "annotations[1].image_id: expected the id of an image of the file, found 3")]
    [InlineData("\"image_id\":2,", "", "annotations[1].image_id: expected a whole number from 0, found nothing")]
    [InlineData("\"category_id\":17", "\"category_id\":18",
        "annotations[0].category_id: expected the id of a category of the file, found 18")]
    [InlineData("\"iscrowd\":1", "\"iscrowd\":2", "annotations[1].iscrowd: expected 0 or 1, found 2")]
    [InlineData("\"id\":2,", "\"id\":397133,", "images[1].id: expected an id of its own")]
    [InlineData("\"x/a.jpg\"", "\"b.jpg\"", "images[1].file_name: expected a name of its own")]
    [InlineData("\"height\":4,", "\"height\":0,", "annotations[2].segmentation.size: expected [0,6], the size of the image")]
    [InlineData("\"height\":4,", "", "images[0].height: expected a whole number from 0, found nothing")]
    [InlineData("[[1,1,3,1,3,3,1,3]", "[[1,1,3,1]",
        "annotations[0].segmentation[0]: expected pairs of numbers, 6 numbers or more, found 4 numbers")]
    [InlineData("[[1,1,3,1,3,3,1,3]", "[[1,1,3,1,3,3,1]", "annotations[0].segmentation[0]: expected pairs")]
    [InlineData("[[1,1,3,1,3,3,1,3]", "[[1,1,3,1,3,3,1,\"3\"]", "annotations[0].segmentation[0][7]: expected a finite number")]
    [InlineData("[[1,1,3,1,3,3,1,3]", "[[1,1,3,1,3,3,1,1e300]", "annotations[0].segmentation[0][7]: expected a coordinate within")]
    [InlineData("[[1,1,3,1,3,3,1,3],[5,0,6,0,6.0,1,5,1]]", "[]",
        "annotations[0].segmentation: expected run lengths or polygons, found an empty array")]
    [InlineData("\"segmentation\":{\"size\":[3,2],\"counts\":[1,2,3]}", "\"x\":0",
        "annotations[1].segmentation: expected run lengths or polygons, found nothing")]
    [InlineData("\"counts\":[1,2,3]", "\"counts\":[1,2,4]", "annotations[1].segmentation.counts: expected run lengths that add up to 6")]
    [InlineData("\"counts\":\"0h0\"", "\"counts\":\"0\"", "annotations[2].segmentation.counts: Expected run lengths")]
    [InlineData("\"point_coords\":[[1,2.5]]", "\"point_coords\":[[1]]", "annotations[2].point_coords[0]: expected 2 items")]
    [InlineData("\"predicted_iou\":0.5", "\"predicted_iou\":\"x\"", "annotations[2].predicted_iou: expected a finite number")]
    [InlineData("\"name\":\"cat\"", "\"name\":5", "categories[0].name: expected a string, found 5")]
    [InlineData("\"images\":[", "\"images\":5,\"x\":[", "images: expected an array, found 5")]
    public void Read_FieldThatIsNotAsItShouldBe_IsNamed(string old, string replacement, string expected)
    {
        var at = HandMade.IndexOf(old, StringComparison.Ordinal);
        Assert.InRange(at, 0, HandMade.Length);

        var error = Assert.Throws<InvalidDataException>(() => Parse(HandMade[..at] + replacement + HandMade[(at + old.Length)..]));

        Assert.StartsWith("stream: " + expected, error.Message, StringComparison.Ordinal);
    }

    // A few bytes that would fill gigabytes: sides that span two thousand million columns, and many that span thousands.
    [Theory]
    [InlineData(int.MaxValue, 1)]
    [InlineData(5_000_000, 1)]
    [InlineData(10_000, 200)]
    public void Read_PolygonsOfHugeSpans_AreRefused(int width, int annotations)
    {
        var polygon = $$"""{"id":1,"image_id":1,"segmentation":[[0,0,{{width}},0,0,1]]}""";
        var text = $$"""{"images":[{"id":1,"file_name":"a","width":{{width}},"height":1}],"annotations":[{{string.Join(',', Enumerable.Repeat(polygon, annotations))}}]}""";

        var error = Assert.Throws<InvalidDataException>(
            () => CocoDatasetReader.Parse(Encoding.UTF8.GetBytes(text), "stream", crossings: 1_000_000));

        Assert.Contains("expected polygons whose sides span at most", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CutAnywhere_IsRefused()
    {
        var bytes = Encoding.UTF8.GetBytes(HandMade.TrimEnd());
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => CocoDataset.Read(new MemoryStream(bytes, 0, length)));
        }
    }

    [Property(MaxTest = 500)]
    public void Read_DamagedFile_IsReadOrRefused(int seed)
    {
        var random = new Random(seed);
        var bytes = Encoding.UTF8.GetBytes(HandMade);
        for (var i = 0; i < 3; i++)
        {
            bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "0123456789-{}[],:\"e"[random.Next(19)]);
        }

        try
        {
            CocoDataset.Read(new MemoryStream(bytes));
        }
        catch (InvalidDataException e)
        {
            Assert.StartsWith("stream: ", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ReadAsync_StreamWithoutSynchronousReads_GivesTheSame()
    {
        await using var stream = new AsyncOnlyStream(Encoding.UTF8.GetBytes(HandMade));

        var dataset = await CocoDataset.ReadAsync(stream, TestContext.Current.CancellationToken);

        Assert.Equal(Parse(HandMade)["b.jpg"], dataset["b.jpg"]);
    }

    private static CocoDataset Parse(string text) => CocoDataset.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static MaskSet RandomSet(Random random)
    {
        var size = new ImageSize(random.Next(1, 40), random.Next(1, 40));
        return new MaskSet(
            size, [.. Enumerable.Range(0, random.Next(4)).Select(_ => TestMask.Record(TestMask.Random(random, size.Width, size.Height)) with
        {
            PredictedIou = random.NextSingle(), StabilityScore = random.Next(3) == 0 ? float.NaN : random.NextSingle(),
        })]);
    }
}
