using System.Text.Json;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Cli;

/// <summary>Runs over a tree of folders, from end to end.</summary>
public sealed class RecursiveTests : IDisposable
{
    private static readonly string Scene = Fixture.Path("images/scene.png");

    private readonly TestFolder _folder = new();

    public RecursiveTests()
    {
        foreach (var name in new[] { "in/a.png", "in/x/a.PNG", "in/x/y z/a.png" })
        {
            _folder.Write(name, File.ReadAllBytes(Scene));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("in", "-r")]
    [InlineData("in/**/*.png", "--quiet")]
    public async Task Everything_Tree_IsMirroredAndResumes(string input, string option)
    {
        string[] args = [_folder[input], option, "--out", _folder["out"], "--format", "json,html,coco,png", "--json"];

        var run = await CommandRun.EverythingAsync(args);

        Assert.Equal(0, run.ExitCode);
        string[] folders = ["", "x/", "x/y z/"];
        foreach (var name in folders.SelectMany(folder => new[] { "a.masks.json", "a.html", "a.labels.png" }.Select(name => folder + name)))
        {
            Assert.True(File.Exists(_folder["out/" + name]), name);
        }

        string[] images = ["a.png", "x/a.PNG", "x/y z/a.png"];
        Assert.Equal(images, CocoDataset.Load(_folder["out/annotations.coco.json"]).Images.Select(image => image.FileName));
        Assert.Equal(images, Named(run).Select(path => Path.GetRelativePath(_folder["in"], path)));

        var again = await CommandRun.EverythingAsync([.. args, "--resume"]);

        Assert.Equal(0, again.ExitCode);
        Assert.Equal(3, again.Output.Split("\"done_before\":true").Length - 1);
        Assert.Equal(images, Named(again).Select(path => Path.GetRelativePath(_folder["in"], path)));
    }

    [Fact]
    public async Task Everything_EveryFormatOverEqualNames_IsMirroredAndResumesAndConvertsWithTheTree()
    {
        Directory.Delete(_folder["in"], recursive: true);
        foreach (var name in new[] { "in/a/x.png", "in/b/x.png" })
        {
            _folder.Write(name, File.ReadAllBytes(Scene));
        }

        var formats = string.Join(',', ResultFormats.All.Select(format => format.Name));
        string[] args = [_folder["in"], "-r", "--out", _folder["out"], "--format", formats, "--label", "thing", "--json"];

        Assert.Equal(0, (await CommandRun.EverythingAsync(args)).ExitCode);

        var inA = Below("out/a");
        Assert.Equal(inA, Below("out/b"));
        Assert.Equal(
            ["annotations.coco.json", "annotations.cvat.xml", "data.yaml", "index.html", "masks.parquet"],
            Directory.GetFiles(_folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await CommandRun.EverythingAsync([.. args, "--resume"])).Output.Split("\"done_before\":true").Length - 1);

        // From the records, and from the data set, whose names alone have the folders.
        foreach (var (input, folder) in new[] { ("out", "again"), ("out/annotations.coco.json", "once") })
        {
            var run = await CommandRun.RunAsync(
                ["convert", _folder[input], "-r", "--images", _folder["in"], "--format", formats, "--out", _folder[folder]]);

            Assert.Equal(string.Empty, string.Join('\n', run.Failures));
            Assert.Equal(inA, Below(folder + "/a"));
            Assert.Equal(inA, Below(folder + "/b"));
            var back = MasksJson.Load(_folder[folder + "/b/x.masks.json"]);
            Assert.Equal("b/x.png", back.ImageName);
            Assert.All(back.Masks, mask => Assert.Equal("thing", mask.Label));
            Assert.Contains("  0: \"thing\"", File.ReadAllLines(_folder[folder + "/data.yaml"]));
        }

        // LabelMe's files know the way to their images, and lie where the tree has them.
        Assert.Equal(0, (await Convert("out/**/x.json", "json,overlay", "me")).ExitCode);
        Assert.Equal(["x.masks.json", "x.overlay.png"], Below("me/b"));
        Assert.Equal("thing", MasksJson.Load(_folder["me/b/x.masks.json"]).Masks[0].Label);

        var scores = await CommandRun.RunAsync(
            ["evaluate", _folder["again"], "-r", "--truth", _folder["out/annotations.coco.json"], "--json"]);
        Assert.Equal(0, scores.ExitCode);
        using var json = JsonDocument.Parse(scores.Output);
        Assert.Equal(
            ["a/x.png", "b/x.png"],
            json.RootElement.GetProperty("per_image").EnumerateArray().Select(image => image.GetProperty("image").GetString()));
        Assert.Equal(1, json.RootElement.GetProperty("recall_50_95").GetDouble());

        // Pages lie beside their records, wherever in the tree one begins.
        Assert.Equal(0, (await CommandRun.RunAsync(["view", _folder["out"], "-r", "--images", _folder["in"]])).ExitCode);
        Assert.True(File.Exists(_folder["out/b/x.view.html"]));
        File.Delete(_folder["out/b/x.view.html"]);
        Assert.Equal(
            0, (await CommandRun.RunAsync(["view", _folder["out/b/x.masks.json"], "--images", _folder["in"]])).ExitCode);
        Assert.True(File.Exists(_folder["out/b/x.view.html"]));
    }

    [Fact]
    public async Task Everything_ResultsInsideTheTree_AreNoInputs()
    {
        string[] args = [_folder["in"], "--recursive", "--out", _folder["in/x/results"], "--format", "overlay"];
        await CommandRun.EverythingAsync(args);

        // Not one of ours, so that only the folder tells.
        File.Copy(Scene, _folder["in/x/results/b.png"]);
        var run = await CommandRun.EverythingAsync(args);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("3 of 3 images done.", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 folder of the results (x/results)", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["in/x/results/x/y z/a.overlay.png"]));
    }

    [Fact]
    public async Task Everything_TwoTreesWithEqualNames_IsRefusedBeforeAnythingIsDone()
    {
        var run = await CommandRun.EverythingAsync(_folder["in/x"], _folder["in/x/y z"], _folder["in"], "--out", _folder["out"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("results of both would be written as", Assert.Single(run.Failures), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    private string?[] Below(string folder) =>
        [.. Directory.GetFiles(_folder[folder]).Select(Path.GetFileName).Order(StringComparer.Ordinal)];

    private Task<CommandRun> Convert(string input, string formats, string folder) =>
        CommandRun.RunAsync(["convert", _folder[input], "--format", formats, "--out", _folder[folder]]);

    private static IEnumerable<string> Named(CommandRun run) =>
        from line in run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let json = JsonDocument.Parse(line).RootElement
        where json.TryGetProperty("image", out _)
        select json.GetProperty("image").GetString();
}
