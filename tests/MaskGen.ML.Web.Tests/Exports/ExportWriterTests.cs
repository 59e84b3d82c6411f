using System.IO.Compression;
using System.Net;
using MaskGen.ML.Results;
using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests.Exports;

/// <summary>What was drawn leaves by the writers of the command line.</summary>
public sealed class ExportWriterTests(TestServerFixture fixture) : IClassFixture<TestServerFixture>
{
    private TestServer Server => fixture.Server;

    [Fact]
    public async Task Export_EveryFormat_HasTheMaskToThePixel()
    {
        var mask = await DrawAsync();

        var response = await Server.PostAsync(
            "api/v1/export", new { formats = ResultFormats.All.Select(format => format.Name), to = "zip" });

        Assert.Equal((HttpStatusCode.OK, "application/zip"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        using var zip = new ZipArchive(await response.Content.ReadAsStreamAsync(TestServer.Cancellation));
        using var folder = new MaskGen.ML.Tests.TestFolder();
        await zip.ExtractToDirectoryAsync(folder.Path, TestServer.Cancellation);
        var coco = CocoDataset.Load(folder["annotations.coco.json"]);
        Assert.Equal(mask, Assert.Single(Assert.Single(coco.Images).Masks).Segmentation);
        Assert.Equal(mask, Assert.Single(MasksJson.Load(folder["still-life.masks.json"]).Masks).Segmentation);
        string[] others =
        [
            "data.yaml", "annotations.cvat.xml", "still-life.labels.png", "still-life.geojson", "still-life.svg", "masks.parquet",
        ];
        Assert.All(others, name => Assert.True(File.Exists(folder[name]), name));
        var remarks = await File.ReadAllTextAsync(folder["remarks.txt"], TestServer.Cancellation);
        Assert.Contains("yolo loses", remarks, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_ToTheFolder_WritesItAgainButNothingOfOthers()
    {
        await DrawAsync();
        var request = new { formats = new[] { "coco" }, to = "folder" };

        var first = await Server.PostForJsonAsync("api/v1/export", request);
        var second = await Server.PostForJsonAsync("api/v1/export", request);

        Assert.Equal(["annotations.coco.json"], first["files"]!.AsArray().Select(file => (string)file!));
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        var file = Path.Combine(Server.Output, "export", "annotations.coco.json");
        await File.WriteAllTextAsync(file, "mine", TestServer.Cancellation);
        await TestServer.AssertProblemAsync(await Server.PostAsync("api/v1/export", request), 507, "not-written");
        Assert.Equal("mine", await File.ReadAllTextAsync(file, TestServer.Cancellation));
        File.Delete(file);
    }

    [Theory]
    [InlineData("""{"to":"zip"}""")]
    [InlineData("""{"formats":["docx"]}""")]
    [InlineData("""{"formats":["coco"],"to":"/tmp"}""")]
    [InlineData("""{"formats":["coco"],"shapes":"x"}""")]
    [InlineData("""{"formats":["coco"],"tolerance":-1}""")]
    public async Task Export_WrongRequest_IsRefused(string json)
    {
        var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");

        var response = await Server.Client.PostAsync("api/v1/export", content, TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 400, "bad-request");
    }

    [Fact]
    public void Losses_AreSaidOfEveryFormat() =>
        Assert.Equal(ResultFormats.All.Select(format => format.Name).Order(), FormatLosses.Known.Order());

    private async Task<RunLengthEncoding> DrawAsync()
    {
        var id = await Server.IdOfAsync(SampleImages.StillLife);
        var tag = (await Server.Client.GetAsync($"api/v1/images/{id}/annotations", TestServer.Cancellation)).Headers.ETag!.Tag;
        var mask = (await Server.PostForJsonAsync(
            $"api/v1/images/{id}/segment", new { points = new[] { new[] { 250, 300 } }, labels = new[] { 1 } }))["masks"]![0]!;
        var saved = await Server.SaveAsync(id, tag, mask);
        Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
        return TestServer.MaskOf(mask);
    }
}
