using System.Net;
using System.Text.Json.Nodes;
using MaskGen.ML.Cli;
using MaskGen.ML.Results;
using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests.Annotations;

/// <summary>What a person draws is kept, and nobody overwrites it unseen.</summary>
public sealed class AnnotationStoreTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private string _id = null!;

    private string SavedFile => Path.Combine(_server.Output, "still-life.annotations.json");

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _id = await _server.IdOfAsync(SampleImages.StillLife);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Write_AndReadAgain_GivesTheSame()
    {
        var original = await File.ReadAllBytesAsync(_server.Folder["photos/still-life.png"], TestServer.Cancellation);
        var mask = await MaskAsync();

        var saved = await _server.SaveAsync(_id, await TagAsync(), mask, state: "accepted");

        Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
        var document = await _server.GetAsync($"api/v1/images/{_id}/annotations");
        Assert.Equal((string)mask["counts"]!, (string)document["objects"]![0]!["segmentation"]!["counts"]!);
        Assert.Equal("cup", (string)document["objects"]![0]!["label"]!);
        Assert.Equal(saved.Headers.ETag!.Tag, await TagAsync());
        var item = (await _server.GetAsync("api/v1/images"))["images"]![0]!;
        Assert.Equal(("accepted", 1, saved.Headers.ETag.Tag), ((string)item["state"]!, (int)item["objects"]!, (string)item["etag"]!));
        Assert.Equal(["cup"], (await _server.GetAsync("api/v1/labels"))["labels"]!.AsArray().Select(label => (string)label!));
        Assert.Equal(original, await File.ReadAllBytesAsync(_server.Folder["photos/still-life.png"], TestServer.Cancellation));
    }

    [Fact]
    public async Task Write_WithTheTagOfAnEarlierState_IsAConflictAndChangesNothing()
    {
        var (mask, tag) = (await MaskAsync(), await TagAsync());
        await _server.SaveAsync(_id, tag, mask, "first");
        var before = await File.ReadAllBytesAsync(SavedFile, TestServer.Cancellation);

        var second = await _server.SaveAsync(_id, tag, mask, "second");

        var problem = await TestServer.AssertProblemAsync(second, 409, "conflict");
        Assert.Equal(await TagAsync(), (string)problem["etag"]!);
        Assert.Equal(before, await File.ReadAllBytesAsync(SavedFile, TestServer.Cancellation));
        await TestServer.AssertProblemAsync(await _server.PutAsync(_id, null, "{}"), 428, "etag-required");
    }

    [Fact]
    public async Task Write_ByManyAtOnce_TakesOneOfThem()
    {
        var (mask, tag) = (await MaskAsync(), await TagAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => _server.SaveAsync(_id, tag, mask, $"label{number}")));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(
            answers.Where(answer => answer.StatusCode != HttpStatusCode.OK),
            answer => Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode));
    }

    [Theory]
    [InlineData("state", "\"done\"")]
    [InlineData("width", "5")]
    [InlineData("format", "\"other\"")]
    [InlineData("version", "2")]
    [InlineData("objects", """[{"id":"a b"}]""")]
    [InlineData("objects", """[{"id":"a","segmentation":{"size":[2,2],"counts":"4"}}]""")]
    [InlineData("objects", """[{"id":"a","segmentation":{"size":[640,960],"counts":"zz"}}]""")]
    [InlineData("objects", """[null]""")]
    public async Task Write_WhatIsNoAnnotation_IsRefused(string member, string value)
    {
        var document = await _server.GetAsync($"api/v1/images/{_id}/annotations");
        document[member] = JsonNode.Parse(value);

        var response = await _server.PutAsync(_id, await TagAsync(), document.ToJsonString());

        await TestServer.AssertProblemAsync(response, 400, "bad-request");
        Assert.False(File.Exists(SavedFile));
    }

    [Fact]
    public async Task Read_WhereEverythingWasSegmented_BeginsWithItsMasks()
    {
        Directory.CreateDirectory(_server.Output);
        var size = new ImageSize(960, 640);
        var pixels = new bool[size.PixelCount];
        pixels.AsSpan(1000, 500).Fill(true);
        var mask = MaskRecord.From(RunLengthEncoding.FromMask(size, pixels)) with { Label = "bowl", PredictedIou = 0.5f };
        MasksJson.Save(Path.Combine(_server.Output, "still-life.masks.json"), "still-life.png", "nano", new MaskSet(size, [mask]));

        var document = await _server.GetAsync($"api/v1/images/{_id}/annotations");

        Assert.True((bool)document["fromFile"]!);
        var one = Assert.Single(document["objects"]!.AsArray())!;
        Assert.Equal(("bowl", "everything", 0.5f), ((string)one["label"]!, (string)one["source"]!, (float)one["iou"]!));
        Assert.Equal(mask.Segmentation, TestServer.MaskOf(one["segmentation"]));
        Assert.False(File.Exists(SavedFile));
    }

    [Fact]
    public async Task Write_OverAFileOfAnother_IsRefused()
    {
        Directory.CreateDirectory(_server.Output);
        var mask = await MaskAsync();
        await File.WriteAllTextAsync(SavedFile, "{\"mine\":true}", TestServer.Cancellation);

        var response = await _server.Client.GetAsync($"api/v1/images/{_id}/annotations", TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 422, "unreadable");
        var document = new JsonObject
        {
            ["format"] = "maskgen.annotations", ["version"] = 1, ["width"] = 960, ["height"] = 640, ["state"] = "edited",
            ["objects"] = new JsonArray(),
        };
        Assert.False((await _server.PutAsync(_id, "\"none\"", document.ToJsonString())).IsSuccessStatusCode);
        Assert.Equal("{\"mine\":true}", await File.ReadAllTextAsync(SavedFile, TestServer.Cancellation));
        Assert.NotNull(mask);
    }

    [Fact]
    public async Task Commands_NeverWriteOverWhatAPersonHasDrawn()
    {
        await _server.SaveAsync(_id, await TagAsync(), await MaskAsync());
        var before = await File.ReadAllBytesAsync(SavedFile, TestServer.Cancellation);
        Assert.False(ResultFile.IsOurs(SavedFile));

        // An image of such a name has its LabelMe file where the annotations lie.
        File.Copy(_server.Folder["photos/still-life.png"], _server.Folder["photos/still-life.annotations.png"]);
        await RunAsync(
            "everything", _server.Folder["photos"], "--out", _server.Output, "--format", "json,labelme", "--points-per-side", "2",
            "--model", "nano");
        await RunAsync(
            "convert", _server.Output, "--out", _server.Output, "--format", "labelme", "--images", _server.Folder["photos"]);

        Assert.Equal(before, await File.ReadAllBytesAsync(SavedFile, TestServer.Cancellation));
    }

    private static Task RunAsync(params string[] arguments) =>
        MaskGenCommandLine.RunAsync(arguments, TextWriter.Null, TextWriter.Null, TestServer.Cancellation);

    private async Task<JsonNode> MaskAsync() => (await _server.PostForJsonAsync(
        $"api/v1/images/{_id}/segment", new { points = new[] { new[] { 250, 300 } }, labels = new[] { 1 } }))["masks"]![0]!;

    private async Task<string> TagAsync() =>
        (await _server.Client.GetAsync($"api/v1/images/{_id}/annotations", TestServer.Cancellation)).Headers.ETag!.Tag;
}
