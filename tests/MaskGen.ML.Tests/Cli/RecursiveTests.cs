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

    private static IEnumerable<string> Named(CommandRun run) =>
        from line in run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let json = JsonDocument.Parse(line).RootElement
        where json.TryGetProperty("image", out _)
        select json.GetProperty("image").GetString();
}
