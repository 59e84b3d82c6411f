using System.Text;
using System.Text.Json;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Cli;

/// <summary>What <c>maskgen evaluate</c> takes, and what it says of the rest.</summary>
public sealed class EvaluateCommandTests : IDisposable
{
    private const string Truth = """
        {"images":[{"id":3,"file_name":"a.jpg","width":8,"height":6},{"id":4,"file_name":"b.jpg","width":8,"height":6}],
         "annotations":[
          {"id":1,"image_id":3,"category_id":18,"iscrowd":0,"segmentation":{"size":[6,8],"counts":[0,6,42]}},
          {"id":2,"image_id":3,"category_id":18,"iscrowd":1,"segmentation":{"size":[6,8],"counts":[24,24]}}],
         "categories":[{"id":18,"name":"dog"}]}
        """;

    private readonly TestFolder _folder = new();

    public EvaluateCommandTests() => _folder.Write("truth.json", Encoding.UTF8.GetBytes(Truth));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Evaluate_ResultsOfCoco_AreOrderedByScoreWhateverTheirOrder()
    {
        // Right, wrong, and one in the crowd, which counts neither way.
        string[] results =
        [
            """{"image_id":3,"category_id":18,"score":0.9,"segmentation":{"size":[6,8],"counts":[0,6,42]}}""",
            """{"image_id":3,"category_id":18,"score":0.5,"segmentation":{"size":[6,8],"counts":[6,6,36]}}""",
            """{"image_id":3,"category_id":18,"score":0.95,"segmentation":{"size":[6,8],"counts":[24,6,18]}}""",
        ];
        foreach (var order in new[] { results, [.. results.Reverse()] })
        {
            var run = await EvaluateAsync($"[{string.Join(',', order)}]");

            Assert.Equal(0, run.ExitCode);
            using var json = JsonDocument.Parse(run.Output);
            Assert.Equal("score", json.RootElement.GetProperty("ap_ordered_by").GetString());
            Assert.Equal(1, json.RootElement.GetProperty("ap_50_95").GetDouble());
            Assert.Equal(["a.jpg", "b.jpg"], json.RootElement.GetProperty("per_image").EnumerateArray().Select(Name));
        }

        // The wrong one before the right one: precision is 1/2 at every recall.
        results[1] = results[1].Replace("0.5", "0.91", StringComparison.Ordinal);
        using var worse = JsonDocument.Parse((await EvaluateAsync($"[{string.Join(',', results)}]")).Output);
        Assert.Equal(0.5, worse.RootElement.GetProperty("ap_50_95").GetDouble(), 12);
    }

    [Fact]
    public async Task Evaluate_AMaskWithoutAnyScore_LeavesApOutAndSaysWhy()
    {
        var run = await EvaluateAsync("""
            [{"image_id":3,"category_id":18,"score":0.9,"segmentation":{"size":[6,8],"counts":[0,6,42]}},
             {"image_id":3,"category_id":18,"segmentation":{"size":[6,8],"counts":[0,5,43]}}]
            """);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("AP is left out", run.Error, StringComparison.Ordinal);
        Assert.Contains("of 2 masks 2 have no predicted_iou and 1 no score", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(run.Output);
        Assert.All(
            ["ap_ordered_by", "ap_50_95", "ap_50", "ap_75"],
            name => Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty(name).ValueKind));
        Assert.Equal(1, json.RootElement.GetProperty("recall_50").GetDouble());
    }

    [Theory]
    [InlineData("""[{"image_id":9,"score":1,"segmentation":{"size":[6,8],"counts":[48]}}]""", "[0].image_id: expected the id of an image")]
    [InlineData("""[{"image_id":3,"score":1,"segmentation":{"size":[8,6],"counts":[48]}}]""", "the size of the image")]
    [InlineData("""[{"image_id":3,"score":"x","segmentation":{"size":[6,8],"counts":[48]}}]""", "[0].score: expected a finite number")]
    public async Task Evaluate_ResultsThatDoNotFit_AreRefusedByName(string results, string message)
    {
        var run = await EvaluateAsync(results);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(run.Failures, line => line.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Evaluate_BoxesAndNothing_CountAsNoMasks()
    {
        var run = await EvaluateAsync("""[{"image_id":3,"category_id":18,"bbox":[0,0,1,6],"score":1}]""");

        Assert.Contains("1 annotation has a box and no mask, left out", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(0, json.RootElement.GetProperty("masks_per_image").GetDouble());
    }

    [Fact]
    public async Task Evaluate_CrowdsAmongResults_AreNoMasks()
    {
        var run = await CommandRun.RunAsync(["evaluate", _folder["truth.json"], "--truth", _folder["truth.json"], "--json"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Crowds (iscrowd) among the results left out", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal([1, 0], json.RootElement.GetProperty("per_image").EnumerateArray().Select(one => one.GetProperty("masks").GetInt32()));
        Assert.Equal(1, json.RootElement.GetProperty("recall_50_95").GetDouble());
    }

    [Fact]
    public async Task Evaluate_FolderOfMaps_CountsThoseWithoutResultsAsMissed()
    {
        Directory.CreateDirectory(_folder["maps/sub"]);
        foreach (var name in new[] { "a.labels.png", "sub/b-labels.png", "c_labels.png" })
        {
            LabelMap.FromMasks(ResultSamples.Masks).SavePng(_folder["maps/" + name]);
        }

        // Where maps are called so, other pictures are none.
        MaskOverlay.Save(_folder["maps/a.overlay.png"], ResultSamples.Image, ResultSamples.Masks);
        MasksJson.Save(_folder["a.masks.json"], "a.jpg", "nano", ResultSamples.Masks);

        var run = await CommandRun.RunAsync(["evaluate", _folder["a.masks.json"], "--truth", _folder["maps"], "--json"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"2 images of {_folder["maps"]} have no results", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(
            ["a.jpg", "c_labels.png", "sub/b-labels.png"], json.RootElement.GetProperty("per_image").EnumerateArray().Select(Name));
        Assert.Equal(1 / 3.0, json.RootElement.GetProperty("recall_50").GetDouble(), 12);
    }

    [Fact]
    public async Task Evaluate_OneMapAndTwoImages_IsTheTruthOfOne()
    {
        LabelMap.FromMasks(ResultSamples.Masks).SavePng(_folder["map.png"]);
        Directory.CreateDirectory(_folder["in"]);
        MasksJson.Save(_folder["in/a.masks.json"], "a.jpg", "nano", ResultSamples.Masks);
        MasksJson.Save(_folder["in/b.masks.json"], "b.jpg", "nano", ResultSamples.Masks);

        var run = await CommandRun.RunAsync(["evaluate", _folder["in"], "--truth", _folder["map.png"], "--json"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("b.jpg: expected its true objects", Assert.Single(run.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none.json", "found no file or folder of that name")]
    [InlineData("none.png", "found no file or folder of that name")]
    [InlineData("a.masks.json", "found records of masks; 'maskgen convert --format coco' makes a data set")]
    [InlineData("me.json", "found annotations of LabelMe")]
    [InlineData("text.txt", "found another file")]
    [InlineData("photo.png", "found one that looks like a photo: ")]
    [InlineData("jpeg.png", "found a JPEG")]
    public async Task Evaluate_ATruthThatIsNone_SaysWhatWasExpectedAndFound(string truth, string message)
    {
        MasksJson.Save(_folder["a.masks.json"], "photo.jpg", "nano", ResultSamples.Masks);
        _folder.Write("me.json", """{"shapes":[],"imagePath":"a","imageWidth":4,"imageHeight":4}"""u8.ToArray());
        _folder.Write("text.txt", "true"u8.ToArray());
        File.Copy(Fixture.Path("images/breakfast.png"), _folder["photo.png"]);
        using (var bitmap = SKBitmap.Decode(_folder["photo.png"]))
        using (var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90))
        {
            _folder.Write("jpeg.png", jpeg.ToArray());
        }

        var run = await CommandRun.RunAsync(["evaluate", _folder["a.masks.json"], "--truth", _folder[truth]]);

        Assert.NotEqual(0, run.ExitCode);
        var failure = run.Failures[0];
        Assert.Contains(truth, failure, StringComparison.Ordinal);
        Assert.Contains("expected", failure, StringComparison.Ordinal);
        Assert.Contains(message, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate", "--trth", "--truth")]
    [InlineData("convert", "--frmat", "--format")]
    [InlineData("view", "--imges", "--images")]
    public async Task AnyCommandOnRecords_UnknownOption_IsNoFile(string command, string typed, string meant)
    {
        var run = await CommandRun.RunAsync([command, _folder["truth.json"], typed, "x"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"Unrecognized option '{typed}'; did you mean {meant}?", run.Error, StringComparison.Ordinal);
    }

    private static string? Name(JsonElement image) => image.GetProperty("image").GetString();

    private Task<CommandRun> EvaluateAsync(string results)
    {
        _folder.Write("results.json", Encoding.UTF8.GetBytes(results));
        return CommandRun.RunAsync(["evaluate", _folder["results.json"], "--truth", _folder["truth.json"], "--json"]);
    }
}
