namespace MaskGen.ML.Tests.Cli;

/// <summary>Runs that would lose an image or somebody's file, and runs that must not mind what lies around.</summary>
public sealed class ResultSafetyTests : IDisposable
{
    private const string AllFormats = "json,overlay,html,png,coco";
    private static readonly string Scene = Fixture.Path("images/scene.png");

    private readonly TestFolder _folder = new();

    private string[] Prompt =>
        ["prompt", _folder["in/a.png"], "--point", "100,100", "--model", Fixture.Path("micro"), "--out", _folder["out"]];

    public ResultSafetyTests()
    {
        Directory.CreateDirectory(_folder["in"]);
        File.Copy(Scene, _folder["in/a.png"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Everything_IntoTheFolderOfTheImages_IsSafeAndRepeatable()
    {
        File.Copy(Fixture.Path("images/narrow.png"), _folder["in/b.png"]);
        File.WriteAllText(_folder["in/._a.png"], "of a system");
        File.WriteAllText(_folder["in/notes.txt"], "somebody's");
        string[] args = [_folder["in"], "--out", _folder["in"], "--format", AllFormats];

        var first = await CommandRun.EverythingAsync(args);
        var before = Contents();
        var second = await CommandRun.EverythingAsync(args);
        var third = await CommandRun.EverythingAsync([_folder["in/*.png"], .. args[1..], "--resume"]);

        Assert.Equal((0, 0, 0), (first.ExitCode, second.ExitCode, third.ExitCode));
        Assert.Contains("2 of 2 ", second.Error, StringComparison.Ordinal);
        Assert.Contains("results of earlier runs (", second.Error, StringComparison.Ordinal);
        Assert.Contains("1 hidden (._a.png)", second.Error, StringComparison.Ordinal);
        Assert.Equal(before, Contents());
        Assert.Equal(File.ReadAllBytes(Scene), File.ReadAllBytes(_folder["in/a.png"]));
    }

    [Fact]
    public async Task Everything_ImageNamedAsOneOfTheMasks_IsRefusedBeforeAnythingIsComputed()
    {
        File.Copy(Scene, _folder["in/a.mask-0005.png"]);

        var run = await CommandRun.EverythingAsync(_folder["in"], "--out", _folder["in"], "--format", "png");

        Assert.Equal(2, run.ExitCode);
        var failure = Assert.Single(run.Failures);
        Assert.Contains("a.mask-0005.png is an input", failure, StringComparison.Ordinal);
        Assert.Contains("a result of " + _folder["in/a.png"], failure, StringComparison.Ordinal);
        Assert.DoesNotContain("points", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder["in"]).Length);
    }

    [Theory]
    [InlineData("annotations.coco.json", "\"category_id\":1,", "\"category_id\":2,")]
    [InlineData("index.html", "</body>", "<p>mine</p></body>")]
    public async Task Everything_FileAboutAllThatSomebodyHasEdited_IsKeptAndFoundBeforeAnythingIsComputed(
        string name, string old, string replacement)
    {
        File.Copy(Fixture.Path("images/narrow.png"), _folder["in/b.png"]);
        string[] args = [_folder["in"], "--out", _folder["out"], "--format", "coco,html"];
        Assert.Equal(0, (await CommandRun.EverythingAsync(args)).ExitCode);
        var path = _folder["out/" + name];
        var edited = File.ReadAllText(path).Replace(old, replacement, StringComparison.Ordinal);
        File.WriteAllText(path, edited);

        var run = await CommandRun.EverythingAsync(args);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"{name} was not written by maskgen, or was changed since", Assert.Single(run.Failures), StringComparison.Ordinal);
        Assert.DoesNotContain("points", run.Error, StringComparison.Ordinal);
        Assert.Equal(edited, File.ReadAllText(path));
    }

    [Fact]
    public async Task Everything_Refused_LeavesNoFolderBehind()
    {
        File.Copy(Scene, _folder["in/a.jpg"]);

        var run = await CommandRun.EverythingAsync(_folder["in"], "--out", _folder["new/out"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("a.jpg and ", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public async Task Everything_FewerMasksThanBefore_DeletesOnlyItsOwn()
    {
        string[] args = [_folder["in/a.png"], "--out", _folder["out"], "--format", "png", "--box-nms-thresh", "1"];
        await CommandRun.EverythingAsync(args);
        Assert.True(File.Exists(_folder["out/a.mask-0003.png"]));

        // A gap, as a person leaves who has deleted one, does not hide the rest.
        File.Delete(_folder["out/a.mask-0002.png"]);
        await CommandRun.EverythingAsync([.. args, "--max-masks", "1"]);

        Assert.Equal(["a.labels.png", "a.mask-0001.png"], Names("out"));
        File.Copy(Scene, _folder["out/a.mask-0009.png"]);
        var run = await CommandRun.EverythingAsync([.. args, "--max-masks", "1"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(File.ReadAllBytes(Scene), File.ReadAllBytes(_folder["out/a.mask-0009.png"]));
    }

    [Fact]
    public async Task Everything_ResultThatSomebodyHasEditedKeepingItsStamp_IsKept()
    {
        File.Copy(Fixture.Path("images/narrow.png"), _folder["in/b.png"]);
        string[] args = [_folder["in"], "--out", _folder["out"], "--format", "overlay"];
        await CommandRun.EverythingAsync(args);

        // The overlay of the other image with the stamp of this one: whole, and not what was drawn.
        var (a, b) = (File.ReadAllBytes(_folder["out/a.overlay.png"]), File.ReadAllBytes(_folder["out/b.overlay.png"]));
        int End(byte[] png) => png.AsSpan().IndexOf("IDAT"u8) - 4;
        byte[] edited = [.. b[..33], .. a[33..End(a)], .. b[End(b)..]];
        File.WriteAllBytes(_folder["out/a.overlay.png"], edited);

        var run = await CommandRun.EverythingAsync(args);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(
            "a.overlay.png was not written by maskgen, or was changed since", Assert.Single(run.Failures), StringComparison.Ordinal);
        Assert.DoesNotContain("a.png: 1 of", run.Error, StringComparison.Ordinal);
        Assert.Equal(edited, File.ReadAllBytes(_folder["out/a.overlay.png"]));
        Assert.Contains("1 of 2 ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PromptAndEverything_InOneFolder_DoNotOverwriteEachOther()
    {
        await CommandRun.EverythingAsync(_folder["in/a.png"], "--out", _folder["out"], "--format", AllFormats);
        var everything = Contents("out");
        string[] prompt = [.. Prompt, "--format", AllFormats];

        var first = await CommandRun.RunAsync(prompt);
        var both = Contents("out");
        var again = await CommandRun.RunAsync(prompt);

        Assert.Equal((0, 0), (first.ExitCode, again.ExitCode));
        Assert.Equal(
            [
                "a.prompt.html", "a.prompt.labels.png", "a.prompt.mask-0001.png", "a.prompt.mask-0002.png", "a.prompt.mask-0003.png",
                "a.prompt.masks.json", "a.prompt.overlay.png", "annotations.prompt.coco.json",
            ],
            both.Keys.Except(everything.Keys).Order(StringComparer.Ordinal));
        Assert.All(everything, file => Assert.Equal(file.Value, both[file.Key]));
        Assert.Equal(both, Contents("out"));
    }

    [Fact]
    public async Task Everything_ImageCalledAsAResultOfAPrompt_KeepsThatResult()
    {
        await CommandRun.RunAsync(Prompt);
        var before = Contents("out");
        File.Copy(Scene, _folder["in/a.prompt.png"]);

        var run = await CommandRun.EverythingAsync(_folder["in"], "--out", _folder["out"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is a result of 'maskgen prompt' for a.png", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, Contents("out"));
    }

    [Fact]
    public async Task Prompt_MaskThatTheRunWouldReplace_IsRefused()
    {
        string[] prompt = [.. Prompt, "--format", "png"];
        await CommandRun.RunAsync(prompt);
        var before = Contents("out");

        var run = await CommandRun.RunAsync([.. prompt, "--mask", _folder["out/a.prompt.mask-0001.png"]]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("a.prompt.mask-0001.png is an input", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, Contents("out"));
    }

    [Fact]
    public async Task Everything_FolderThatCannotBeWritten_IsFoundBeforeTheFirstImage()
    {
        var folder = _folder["in/a.png/out"];

        var run = await CommandRun.EverythingAsync(_folder["in"], "--out", folder);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{folder}: results cannot be written to this folder", Assert.Single(run.Failures), StringComparison.Ordinal);
        Assert.DoesNotContain("points", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_FolderWithFilesOfDeadRuns_SweepsThem()
    {
        Directory.CreateDirectory(_folder["out"]);
        var ours = MaskGen.ML.Files.UnfinishedFileName.TryParse(MaskGen.ML.Files.UnfinishedFileName.Next())!.Value;
        File.WriteAllText(_folder[$"out/{ours with { Started = ours.Started + 1 }}"], "orphan");

        await CommandRun.EverythingAsync(_folder["in"], "--out", _folder["out"], "--format", "json");

        Assert.Equal(["a.masks.json"], Names("out"));
    }

    [Fact]
    public async Task Everything_NameWithControlCharacters_IsSpeltOutOnTheTerminal()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        File.Copy(Scene, _folder["in/a\u001b[31m\u009b2J.png"]);

        var run = await CommandRun.EverythingAsync(_folder["in/a\u001b[31m\u009b2J.png"], "--out", _folder["out"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(@"a\x1b[31m\x9b2J.png", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
        Assert.DoesNotContain('\u009b', run.Output);
        Assert.DoesNotContain('\u001b', File.ReadAllText(Directory.GetFiles(_folder["out"], "*.json").Single()));
    }

    [Fact]
    public async Task Everything_LongestName_IsWritten()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counts as Linux does.");
        var stem = new string('n', 255 - ".overlay.png".Length);
        File.Move(_folder["in/a.png"], _folder[$"in/{stem}.png"]);

        var run = await CommandRun.EverythingAsync(_folder["in"], "--out", _folder["out"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([$"{stem}.masks.json", $"{stem}.overlay.png"], Names("out"));
    }

    private IEnumerable<string?> Names(string folder) =>
        Directory.GetFiles(
            _folder[folder], "*", new EnumerationOptions { AttributesToSkip = 0 }).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private Dictionary<string, string> Contents(string folder = "in") =>
        Directory.GetFiles(_folder[folder]).ToDictionary(
            path => Path.GetFileName(path), path => Convert.ToHexString(File.ReadAllBytes(path)));
}
