using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Results;

namespace MaskGen.ML.Tests.Cli;

/// <summary>YOLO data sets from end to end: what lies where, whose it is, and what is never lost.</summary>
public sealed class YoloRunTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public YoloRunTests()
    {
        foreach (var name in new[] { "a", "x/b" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder["photos/" + name])!);
            Directory.CreateDirectory(Path.GetDirectoryName(_folder["masks/" + name])!);
            File.Copy(Fixture.Path("images/scene.png"), _folder[$"photos/{name}.png"]);
            MasksJson.Save(_folder[$"masks/{name}.masks.json"], $"{name}.png", "nano", ResultSamples.Masks);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Convert_ImagesElsewhere_MakesADataSetThatIsCompleteInItself()
    {
        var run = await Convert();

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.Equal(
            ["data.yaml", "images/a.png", "images/x/b.png", "labels/a.txt", "labels/a.yolo.json", "labels/x/b.txt", "labels/x/b.yolo.json"],
            Files("out"));
        Assert.Equal(File.ReadAllBytes(_folder["photos/a.png"]), File.ReadAllBytes(_folder["out/images/a.png"]));

        // Read as Ultralytics does: only images are below the folder of images, and each finds its labels.
        Assert.All(
            Directory.GetFiles(_folder["out/images"], "*", SearchOption.AllDirectories),
            image => Assert.True(File.Exists(YoloLayoutTests.LabelsAsUltralyticsFindsThem(image))));

        // Again: nothing stands in its own way, and copies are not copied again.
        var before = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(_folder["out/images/a.png"], before);
        Assert.Equal(0, (await Convert()).ExitCode);
        Assert.Equal(before, File.GetLastWriteTimeUtc(_folder["out/images/a.png"]));

        // What is copied is no image of anybody's to be segmented.
        Assert.True(ImageFiles.IsOwnResult(_folder["out/images/a.png"]));
        Assert.False(ImageFiles.IsOwnResult(_folder["photos/a.png"]));
    }

    [Fact]
    public async Task Convert_ImagesInTheFolderOfImages_StayWhereTheyAre()
    {
        Directory.Move(_folder["photos"], _folder["images"]);
        var before = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(_folder["images/a.png"], before);

        var run = await Convert("images", ".");

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.Equal(before, File.GetLastWriteTimeUtc(_folder["images/a.png"]));
        Assert.True(File.Exists(_folder["labels/x/b.txt"]));
        Assert.False(ImageFiles.IsOwnResult(_folder["images/a.png"]));
        Assert.Equal(0, (await Convert("images", ".")).ExitCode);
    }

    [Fact]
    public async Task Convert_ImageThatChangedSince_IsCopiedAgain()
    {
        await Convert();
        File.Copy(Fixture.Path("images/scene-gray.png"), _folder["photos/a.png"], overwrite: true);

        Assert.Equal(0, (await Convert()).ExitCode);
        Assert.Equal(File.ReadAllBytes(_folder["photos/a.png"]), File.ReadAllBytes(_folder["out/images/a.png"]));
    }

    [Theory]
    [InlineData("out/images/a.png")]
    [InlineData("out/labels/a.txt")]
    [InlineData("out/labels/x/b.txt")]
    public async Task Convert_SomebodyHasChangedAFile_IsRefusedBeforeAnythingIsDone(string name)
    {
        await Convert();
        File.WriteAllText(_folder[name], "somebody's");
        File.Delete(_folder["out/data.yaml"]);

        var run = await Convert();

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains($"{_folder[name]} was not written by maskgen, or was changed since", run.Error, StringComparison.Ordinal);
        Assert.Equal("somebody's", File.ReadAllText(_folder[name]));
        Assert.True(run.ExitCode == 2 ? !File.Exists(_folder["out/data.yaml"]) : name.Contains("images", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Convert_LabelsThatWereEmptiedByHand_AreKept()
    {
        await Convert();
        File.WriteAllText(_folder["out/labels/a.txt"], string.Empty);

        Assert.Equal(2, (await Convert()).ExitCode);
        Assert.Equal(0, new FileInfo(_folder["out/labels/a.txt"]).Length);
    }

    [Fact]
    public async Task Convert_ImagesThatAreNotThere_WritesLabelsAndSaysSo()
    {
        Directory.Delete(_folder["photos"], recursive: true);

        var run = await Convert();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("yolo: images that were not found, not copied; put them into images/", run.Error, StringComparison.Ordinal);
        Assert.Equal(5, Files("out").Count());

        // Put there by hand, they are nobody's business.
        Directory.CreateDirectory(_folder["out/images"]);
        File.WriteAllText(_folder["out/images/a.png"], "by hand");
        Assert.Equal(0, (await Convert()).ExitCode);
        Assert.Equal("by hand", File.ReadAllText(_folder["out/images/a.png"]));
    }

    [Fact]
    public async Task Everything_Resumed_NeedsTheCopyToo()
    {
        Directory.CreateDirectory(_folder["scenes"]);
        File.Copy(Fixture.Path("images/scene.png"), _folder["scenes/s.png"]);
        string[] args = [_folder["scenes"], "--out", _folder["out"], "--format", "yolo"];
        Assert.Equal(0, (await CommandRun.EverythingAsync(args)).ExitCode);

        var done = await CommandRun.EverythingAsync([.. args, "--resume"]);
        Assert.Contains("s.png: done already", done.Error, StringComparison.Ordinal);
        File.Delete(_folder["out/images/s.png"]);
        var again = await CommandRun.EverythingAsync([.. args, "--resume"]);
        Assert.DoesNotContain("done already", again.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["out/images/s.png"]));
    }

    private IEnumerable<string> Files(string folder) =>
        Directory.GetFiles(_folder[folder], "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(_folder[folder], path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    private Task<CommandRun> Convert(string images = "photos", string folder = "out") => CommandRun.RunAsync(
        ["convert", _folder["masks"], "-r", "--images", _folder[images], "--format", "yolo", "--out", Path.GetFullPath(_folder[folder])]);
}
