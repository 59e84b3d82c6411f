using System.Text;
using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class MasksJsonReaderTests
{
    private static readonly string Records = Encoding.UTF8.GetString(ResultSamples.Bytes(ResultKind.Records));
    private static readonly string Prompted =
        Encoding.UTF8.GetString(ResultSamples.Bytes(ResultKind.Records, ResultSamples.Origin with { Mode = ResultOrigin.Prompt }));

    [Fact]
    public void Write_Origin_ComesAfterTheFieldsThatWereThereBefore()
    {
        using var json = System.Text.Json.JsonDocument.Parse(Records);

        Assert.Equal(
            [
                "image", "width", "height", "model", "masks",
                "generator", "schema_version", "mode", "image_sha256", "model_fingerprint", "settings", "content",
            ],
            json.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal(4, json.RootElement.GetProperty("settings").GetProperty("points_per_side").GetInt32());
    }

    [Fact]
    public void Parse_WrittenFile_IsWhatWasWritten()
    {
        var file = Parse(Records);

        Assert.Equal((ResultSamples.Origin.ImageName, "nano"), (file.ImageName, file.Model));
        Assert.True(file.Stamp!.IsSameWork(ResultStamp.Of(ResultKind.Records, ResultSamples.Origin)));
        AssertSame(ResultSamples.Masks, file.Masks);
        AssertSame(ResultSamples.PromptedMasks, Parse(Prompted).Masks);
    }

    [Property(MaxTest = 200)]
    public void Parse_RandomMasks_GiveTheSameDataset(int seed, bool arePrompted)
    {
        var random = new Random(seed);
        var size = new ImageSize(random.Next(1, 60), random.Next(1, 60));
        MaskRecord Mask() => TestMask.Record(TestMask.Random(random, size.Width, size.Height)) with
        {
            PredictedIou = random.NextSingle(),
            StabilityScore = random.Next(3) == 0 ? float.NaN : random.NextSingle(),
            Points = [new(random.NextSingle() * 1e6f, random.NextSingle() / 3)],
            Label = random.Next(2) == 0 ? null : $"class \u00e9 {random.Next(3)}",
            PromptScore = random.Next(2) == 0 ? null : random.NextDouble(),
        };
        var masks = new MaskSet(size, [.. Enumerable.Range(0, random.Next(6)).Select(_ => Mask())]);
        using var stream = new MemoryStream();
        MasksJson.Write(stream, ResultSamples.Origin with { Mode = arePrompted ? ResultOrigin.Prompt : ResultOrigin.Everything }, masks);

        var read = MasksJsonReader.Parse(stream.ToArray(), "a.json").Masks;

        AssertSame(masks, read);
        Assert.Equal(Dataset(masks), Dataset(read));
    }

    [Fact]
    public void Parse_FileOfTheLibraryOrOfAnEarlierVersion_HasNoOrigin()
    {
        using var stream = new MemoryStream();
        MasksJson.Write(stream, "a.png", "nano", ResultSamples.Masks);
        var written = Encoding.UTF8.GetString(stream.ToArray());
        var older = written[..written.IndexOf(",\"generator\"", StringComparison.Ordinal)] + "}";

        Assert.NotNull(Parse(written).Stamp);
        Assert.Null(Parse(written).Stamp!.Mode);
        Assert.Null(Parse(older).Stamp);
        AssertSame(ResultSamples.Masks, Parse(older).Masks);
        AssertSame(ResultSamples.Masks, Parse("\ufeff" + written + "\n").Masks);
    }

    [Fact]
    public void Write_SideBeyondWhatFloatsCount_IsWrittenExactly()
    {
        var size = new ImageSize(1, (1 << 24) + 1);
        using var stream = new MemoryStream();

        MasksJson.Write(stream, "a.png", "nano", new MaskSet(size, [TestMask.Record(RunLengthEncoding.FromCounts(size, [1 << 24, 1]))]));

        Assert.Contains("\"size\":[16777217,1]", Encoding.UTF8.GetString(stream.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_CoordinateThatIsNotFinite_NamesTheMask()
    {
        var masks = new MaskSet(
            ResultSamples.Masks.ImageSize, [ResultSamples.Masks[0], ResultSamples.Masks[1] with { Points = [new(float.NaN, 0)] }]);

        var error = Assert.Throws<ArgumentException>(() => MasksJson.Write(new MemoryStream(), "a.png", "nano", masks));

        Assert.StartsWith("Mask 1: expected finite coordinates", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"width\":120", "\"width\":121", "masks[0].segmentation.size: expected [80,121]")]
    [InlineData("\"width\":120", "\"width\":-1", "width: expected a whole number from 0, found -1")]
    [InlineData("\"width\":120", "\"width\":1e99", "width: expected a whole number")]
    [InlineData("\"width\":120", "\"width\":2147483647", "width: expected at most 2147483647 pixels")]
    [InlineData("\"width\":120", "\"width\":\"120\"", "width: expected a whole number from 0, found \"120\"")]
    [InlineData("\"width\":120", "\"width\":120,\"width\":120", "width: expected one value, found two")]
    [InlineData("\"width\":120,", "", "width: expected a whole number from 0, found nothing")]
    [InlineData("\"model\":\"nano\"", "\"model\":null", "model: expected a string, found null")]
    [InlineData("\"masks\":[", "\"masks\":[5,", "masks[0]: expected an object, found 5")]
    [InlineData("\"segmentation\":{", "\"segmentation\":[],\"x\":{", "masks[0].segmentation: expected an object, found an array")]
    [InlineData("\"counts\":\"", "\"counts\":\"~", "masks[0].segmentation.counts: Expected a character")]
    [InlineData("\"counts\":\"", "\"counts\":\"1", "masks[0].segmentation.counts: ")]
    [InlineData("\"area\":", "\"area\":1", "masks[0].area: expected ")]
    [InlineData("\"bbox\":[", "\"bbox\":[1", "masks[0].bbox: expected ")]
    [InlineData("\"bbox\":[", "\"bbox\":[1,", "masks[0].bbox: expected 4 items, found 5")]
    [InlineData("\"predicted_iou\":0.9", "\"predicted_iou\":1e39", "masks[0].predicted_iou: expected a finite number, found 1e39")]
    [InlineData("\"predicted_iou\":0.9,", "", "masks[0].predicted_iou: expected a finite number, found nothing")]
    [InlineData("\"crop_box\":[", "\"crop_box\":[true,", "masks[0].crop_box: expected 4 items, found 5")]
    [InlineData("\"point_coords\":[[0.25,7]]", "\"point_coords\":[[0.25]]", "masks[0].point_coords[0]: expected 2 items, found 1")]
    [InlineData("\"point_coords\":[[0.25,7]]", "\"point_coords\":7", "masks[0].point_coords: expected an array, found 7")]
    [InlineData("\"schema_version\":1", "\"schema_version\":2", "schema_version: expected at most 1")]
    [InlineData("\"schema_version\":1", "\"schema_version\":0", "schema_version: expected a whole number from 1, found 0")]
    [InlineData("\"mode\":\"everything\"", "\"mode\":3", "mode: expected a string, found 3")]
    public void Parse_FieldThatIsNotAsWritten_NamesItAndWhatWasExpected(string old, string replacement, string expected)
    {
        Assert.Contains(old, Records, StringComparison.Ordinal);
        var at = Records.IndexOf(old, StringComparison.Ordinal);

        var error = Assert.Throws<InvalidDataException>(() => Parse(Records[..at] + replacement + Records[(at + old.Length)..]));

        Assert.StartsWith("a.masks.json: " + expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"point_labels\":[1,0]", "\"point_labels\":[1]", "masks[0].prompt.point_labels: expected 2 labels")]
    [InlineData("\"point_labels\":[1,0]", "\"point_labels\":[1,2]", "masks[0].prompt.point_labels[1]: expected 0 (background) or 1")]
    [InlineData("\"point_labels\":[1,0]", "\"point_labels\":[1,-1]", "masks[0].prompt.point_labels[1]: expected a whole number from 0")]
    [InlineData("\"box\":[1,2.5,30,40]", "\"box\":[1,2.5,30]", "masks[1].prompt.box: expected 4 items")]
    [InlineData("\"object_score_logit\":-0.5", "\"object_score_logit\":\"high\"", "masks[0].object_score_logit: expected a finite number")]
    public void Parse_PromptThatIsNotAsWritten_NamesItAndWhatWasExpected(string old, string replacement, string expected)
    {
        var at = Prompted.IndexOf(old, StringComparison.Ordinal);
        Assert.InRange(at, 0, Prompted.Length);

        var error = Assert.Throws<InvalidDataException>(() => Parse(Prompted[..at] + replacement + Prompted[(at + old.Length)..]));

        Assert.StartsWith("a.masks.json: " + expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_CutAnywhere_IsRefused()
    {
        var bytes = Encoding.UTF8.GetBytes(Records);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => MasksJsonReader.Parse(bytes.AsMemory(0, length), "a.masks.json"));
        }
    }

    [Theory]
    [InlineData("[")]
    [InlineData("")]
    [InlineData("\u0000")]
    [InlineData("{\"image\":\"\\ud800\",\"width\":0,\"height\":0,\"model\":\"\",\"masks\":[]}")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    public void Parse_AnotherFile_IsRefusedByName(string text) =>
        Assert.StartsWith("a.masks.json: ", Assert.Throws<InvalidDataException>(() => Parse(text)).Message, StringComparison.Ordinal);

    private static MasksFile Parse(string text) => MasksJsonReader.Parse(Encoding.UTF8.GetBytes(text), "a.masks.json");

    private static byte[] Dataset(MaskSet masks)
    {
        using var stream = new MemoryStream();
        using var writer = new CocoDatasetWriter(stream);
        writer.AddImage("a.png", masks);
        writer.Complete();
        return stream.ToArray();
    }

    private static void AssertSame(MaskSet expected, MaskSet found)
    {
        Assert.Equal(expected.ImageSize, found.ImageSize);
        Assert.Equal(expected.Count, found.Count);
        foreach (var (a, b) in expected.Zip(found))
        {
            Assert.Equal(a.Segmentation.Counts.ToArray(), b.Segmentation.Counts.ToArray());
            Assert.Equal((a.BoundingBox, a.PredictedIou, a.StabilityScore), (b.BoundingBox, b.PredictedIou, b.StabilityScore));
            Assert.Equal((a.Box, a.CropBox, a.ObjectScoreLogit), (b.Box, b.CropBox, b.ObjectScoreLogit));
            Assert.Equal(a.Points, b.Points);
            Assert.Equal((a.Label, a.PromptScore), (b.Label, b.PromptScore));
        }
    }
}
