using System.Text;
using System.Text.Json;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Cli;

/// <summary>What <c>maskgen convert</c> keeps of COCO data sets of others.</summary>
public sealed class CocoConversionTests : IDisposable
{
    // Ids in no order, a crowd as run lengths, a category without a group, one that nobody uses, and an image without annotations.
    private const string Foreign = """
        {"images":[{"id":391895,"file_name":"b.jpg","width":8,"height":6},{"id":7,"file_name":"x/a.jpg","width":8,"height":6},
          {"id":30,"file_name":"none.jpg","width":8,"height":6}],
         "annotations":[
          {"id":900100,"image_id":391895,"category_id":18,"iscrowd":0,"segmentation":[[0,0,4,0,4,4,0,4]],"bbox":[0,0,4,4],"area":16},
          {"id":5,"image_id":391895,"category_id":1,"iscrowd":1,"segmentation":{"size":[6,8],"counts":[0,6,42]}},
          {"id":77,"image_id":7,"category_id":18,"segmentation":[[1,1,4,1,4,4,1,4]],"bbox":[1,1,3,3],"score":0.5}],
         "categories":[{"id":1,"name":"person","supercategory":"human"},{"id":18,"name":"dog","supercategory":"animal"},
          {"id":90,"name":"brush"}]}
        """;

    private readonly TestFolder _folder = new();

    public CocoConversionTests() => _folder.Write("in.json", Encoding.UTF8.GetBytes(Foreign));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("masks")]
    [InlineData("polygons")]
    public async Task CocoToCoco_IdsGroupsAndCrowds_AreKept(string shapes)
    {
        var run = await Convert("in.json", "coco", "out", "--shapes", shapes);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        var (before, after) = (CocoDataset.Load(_folder["in.json"]), CocoDataset.Load(_folder["out/annotations.coco.json"]));
        Assert.Equal(before.Images.Select(image => (image.Id, image.FileName)), after.Images.Select(image => (image.Id, image.FileName)));
        Assert.Equal(
            before.Categories.Select(one => (one.Id, one.Name, one.Supercategory)),
            after.Categories.Select(one => (one.Id, one.Name, one.Supercategory)));
        Assert.Equal(
            before.Images.SelectMany(image => image.Annotations).Select(one => (one.Id, one.CategoryId, one.IsCrowd, one.Mask)),
            after.Images.SelectMany(image => image.Annotations).Select(one => (one.Id, one.CategoryId, one.IsCrowd, one.Mask)));

        // Readers expect run lengths of a crowd, whatever the others are.
        using var json = JsonDocument.Parse(File.ReadAllBytes(_folder["out/annotations.coco.json"]));
        var kinds = json.RootElement.GetProperty("annotations").EnumerateArray()
            .ToDictionary(one => one.GetProperty("id").GetInt32(), one => one.GetProperty("segmentation").ValueKind);
        Assert.Equal(JsonValueKind.Object, kinds[5]);
        Assert.Equal(shapes == "masks" ? JsonValueKind.Object : JsonValueKind.Array, kinds[77]);
    }

    [Fact]
    public async Task CocoToAnyOtherFormat_Crowds_AreLeftOutWithARemark()
    {
        var others = ResultFormats.All.Where(format => !format.TakesCrowds && !format.NeedsImage).Select(format => format.Name).ToList();

        var run = await Convert("in.json", string.Join(',', others), "out");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(
            $"{string.Join(", ", others)}: crowds (iscrowd), which are no single objects, left out: 1",
            run.Error,
            StringComparison.Ordinal);
        Assert.Equal(["dog"], MasksJson.Load(_folder["out/b.masks.json"]).Masks.Select(mask => mask.Label));
        Assert.Single(File.ReadAllLines(_folder["out/labels/b.txt"]));

        // Beside COCO, which has it.
        Assert.Equal(0, (await Convert("in.json", "coco,json", "both")).ExitCode);
        Assert.Equal(2, CocoDataset.Load(_folder["both/annotations.coco.json"])["b.jpg"].Count);
        Assert.Single(MasksJson.Load(_folder["both/b.masks.json"]).Masks);
    }

    [Fact]
    public async Task CocoToCoco_WithSelection_CrowdsTakeNoPixelsAndKeepTheirs()
    {
        var run = await Convert("in.json", "coco", "out", "--disjoint", "smaller", "--mask-nms", "0.1");

        Assert.Equal(0, run.ExitCode);
        var annotations = CocoDataset.Load(_folder["out/annotations.coco.json"]).Images[0].Annotations;
        Assert.Equal([(900100L, 16L, false), (5L, 6L, true)], annotations.Select(one => (one.Id, one.Mask.Area, one.IsCrowd)));
    }

    [Fact]
    public async Task TwoDataSets_IdsThatClash_AreGivenAnewAndSaid()
    {
        _folder.Write("two/a.json", Encoding.UTF8.GetBytes(Foreign));
        _folder.Write("two/b.json", Encoding.UTF8.GetBytes(
            Foreign.Replace(".jpg", ".png", StringComparison.Ordinal).Replace("\"id\":90,", "\"id\":91,", StringComparison.Ordinal)));

        var run = await Convert("two", "coco", "out");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("coco: ids of images that were not unique: all images are numbered anew", run.Error, StringComparison.Ordinal);
        Assert.Contains("ids of annotations that were not unique", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("ids of categories", run.Error, StringComparison.Ordinal);
        var dataset = CocoDataset.Load(_folder["out/annotations.coco.json"]);
        Assert.Equal([1, 2, 3, 4, 5, 6], dataset.Images.Select(image => image.Id));
        Assert.Equal(Enumerable.Range(1, 6), dataset.Images.SelectMany(image => image.Annotations).Select(one => (int)one.Id).Order());
        Assert.Equal([1, 18, 90, 91], dataset.Categories.Select(category => category.Id));
        Assert.Equal("animal", dataset.Categories.Single(category => category.Name == "dog").Supercategory);
    }

    [Fact]
    public async Task TwoDataSets_CategoriesThatClash_AreGivenAnewWithTheirGroups()
    {
        _folder.Write("two/a.json", Encoding.UTF8.GetBytes(Foreign));
        _folder.Write("two/b.json", Encoding.UTF8.GetBytes(Foreign.Replace(".jpg", ".png", StringComparison.Ordinal)
            .Replace("\"id\":18,\"name\":\"dog\"", "\"id\":18,\"name\":\"cat\"", StringComparison.Ordinal)));

        var run = await Convert("two", "coco", "out");

        Assert.Contains("ids of categories that were not unique", run.Error, StringComparison.Ordinal);
        var dataset = CocoDataset.Load(_folder["out/annotations.coco.json"]);
        Assert.Equal(
            [(1L, "person", "human"), (2L, "dog", "animal"), (3L, "brush", null), (4L, "cat", "animal")],
            dataset.Categories.Select(one => (one.Id, one.Name, one.Supercategory)));
        Assert.Equal(["cat"], dataset["x/a.png"].Select(mask => mask.Label));
    }

    [Fact]
    public async Task Records_BesideADataSet_GetHigherIds()
    {
        MasksJson.Save(_folder["z.masks.json"], "z.png", "nano", Results.ResultSamples.Masks);

        var run = await CommandRun.RunAsync(
            ["convert", _folder["z.masks.json"], _folder["in.json"], "--format", "coco", "--out", _folder["out"]]);

        Assert.Equal(0, run.ExitCode);
        var dataset = CocoDataset.Load(_folder["out/annotations.coco.json"]);
        Assert.Equal([391896L, 391895, 7, 30], dataset.Images.Select(image => image.Id));
        Assert.All(dataset.Images[0].Annotations, one => Assert.True(one is { Id: > 900100, CategoryId: 91 }));
        Assert.Equal("object", dataset.Categories.Single(category => category.Id == 91).Name);
    }

    [Fact]
    public async Task Boxes_WithoutMasks_AreLeftOutWithARemark()
    {
        foreach (var segmentation in new[] { "", "\"segmentation\":[],", "\"segmentation\":null," })
        {
            var other = Foreign.Replace("\"segmentation\":[[1,1,4,1,4,4,1,4]],", segmentation, StringComparison.Ordinal);
            _folder.Write("boxes.json", Encoding.UTF8.GetBytes(other));

            var run = await Convert("boxes.json", "coco", "out");

            Assert.Equal(0, run.ExitCode);
            Assert.Contains("boxes.json: 1 annotation has a box and no mask, left out", run.Error, StringComparison.Ordinal);
            Assert.Equal(1, run.Error.Split("has a box").Length - 1);
            Assert.Empty(CocoDataset.Load(_folder["out/annotations.coco.json"])["x/a.jpg"]);

            // The library's own reader promises every mask.
            Assert.Throws<InvalidDataException>(() => CocoDataset.Load(_folder["boxes.json"]));
        }
    }

    [Fact]
    public async Task Results_WithoutTheirDataSet_AreRefusedWithTheWayOut()
    {
        _folder.Write(
            "results.json", """[{"image_id":7,"category_id":18,"score":1,"segmentation":{"size":[6,8],"counts":"0"}}]"""u8.ToArray());

        var run = await Convert("results.json", "json", "out");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'maskgen evaluate' takes it with the data set as --truth", Assert.Single(run.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_WithoutPixels_AreLeftOutAndTheOthersConverted()
    {
        var other = Foreign.Replace(
            "\"none.jpg\",\"width\":8,\"height\":6", "\"none.jpg\",\"width\":0,\"height\":5", StringComparison.Ordinal);
        _folder.Write("zero.json", Encoding.UTF8.GetBytes(other));

        var run = await Convert("zero.json", "json,yolo,labelmap", "out");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("zero.json: 1 image without pixels left out (none.jpg).", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_folder["out"], "*.masks.json", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task HugeDeclaredSize_IsRefusedWhereItWouldBeUnpacked()
    {
        const string Huge = """{"image":"a.png","width":40000,"height":40000,"model":"nano","masks":[]}""";
        _folder.Write("huge.masks.json", Encoding.UTF8.GetBytes(Huge));
        foreach (var format in ResultFormats.All.Where(format => format is { IsOfPixels: true, NeedsImage: false }))
        {
            var refused = await Convert("huge.masks.json", format.Name, "out");

            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("found one of 40000x40000 (a.png); --max-pixels raises the limit", refused.Error, StringComparison.Ordinal);
        }

        var rest = ResultFormats.All.Where(format => !format.IsOfPixels).Select(format => format.Name);
        Assert.Equal(0, (await Convert("huge.masks.json", string.Join(',', rest), "out")).ExitCode);
    }

    private Task<CommandRun> Convert(string input, string format, string folder, params string[] args) =>
        CommandRun.RunAsync(["convert", _folder[input], "--format", format, "--out", _folder[folder], .. args]);
}
