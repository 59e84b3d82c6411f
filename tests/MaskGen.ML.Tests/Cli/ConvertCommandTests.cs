using System.Text.Json;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Results;

namespace MaskGen.ML.Tests.Cli;

public sealed class ConvertCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public ConvertCommandTests()
    {
        Directory.CreateDirectory(_folder["in"]);
        MaskOverlay.Save(_folder["in/a.png"], ResultSamples.Image, MaskSet.Empty);
        MasksJson.Save(_folder["in/a.masks.json"], "a.png", "nano", ResultSamples.Masks);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Convert_ThroughCocoAndBack_GivesTheSameRecords()
    {
        Assert.Equal(0, (await Convert("in/a.masks.json", "coco", "there")).ExitCode);
        Assert.Equal(0, (await Convert("there/annotations.coco.json", "json", "back")).ExitCode);

        var (before, after) = (MasksJson.Load(_folder["in/a.masks.json"]), MasksJson.Load(_folder["back/a.masks.json"]));
        Assert.Equal("a.png", after.ImageName);
        Assert.Equal(before.Masks, after.Masks);
    }

    [Fact]
    public async Task Convert_AFolderToEveryFormat_WritesThemAll()
    {
        var run = await Convert("in", string.Join(',', ResultFormats.All.Select(format => format.Name)), "out");

        Assert.Equal(string.Empty, string.Join('\n', run.Failures));
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(16 + (2 * ResultSamples.Masks.Count), Directory.GetFiles(_folder["out"], "*", SearchOption.AllDirectories).Length);

        // Again: nothing stands in its own way.
        Assert.Equal(0, (await Convert("in", "json,cutout,yolo,svg,parquet", "out")).ExitCode);
    }

    [Fact]
    public async Task Convert_FoldersInFileNames_AreKept()
    {
        using (var writer = new CocoDatasetWriter(_folder["in/set.json"]))
        {
            writer.AddImage("train/b.png", ResultSamples.Masks);
            writer.Complete();
        }

        Assert.Equal(0, (await Convert("in/set.json", "coco,svg", "out")).ExitCode);

        Assert.Equal("train/b.png", CocoDataset.Load(_folder["out/annotations.coco.json"]).Images.Single().FileName);
        Assert.True(File.Exists(_folder["out/train/b.svg"]));
    }

    [Fact]
    public async Task Convert_FormatThatShowsAnImageThatIsNotThere_SaysWhatToDo()
    {
        File.Delete(_folder["in/a.png"]);

        var run = await Convert("in/a.masks.json", "overlay", "out");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--images names its folder", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Convert("in/a.masks.json", "json,labelmap", "out2")).ExitCode);
    }

    [Fact]
    public async Task Convert_IntoTheFolderOfItsInput_OverwritesNothing()
    {
        var before = File.ReadAllBytes(_folder["in/a.masks.json"]);

        var run = await Convert("in/a.masks.json", "json", "in");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is an input", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_folder["in/a.masks.json"]));
    }

    [Fact]
    public async Task Convert_DisjointAndNms_AreAppliedAndNoted()
    {
        var run = await CommandRun.RunAsync(
            ["convert", _folder["in"], "--format", "json", "--out", _folder["out"], "--disjoint", "smaller", "--mask-nms", "0.9"]);

        Assert.Equal(0, run.ExitCode);
        var masks = MasksJson.Load(_folder["out/a.masks.json"]).Masks;
        Assert.Equal(masks.Sum(mask => mask.Area), MaskOverlap.Union(masks).Area);
        using var json = JsonDocument.Parse(File.ReadAllBytes(_folder["out/a.masks.json"]));
        Assert.Equal(
            """{"converted_from":"a.masks.json","mask_nms_thresh":0.9,"disjoint":"smaller"}""",
            json.RootElement.GetProperty("settings").GetRawText());
    }

    [Theory]
    [InlineData("--format: expected some of json, overlay", "in")]
    [InlineData("no-such.json", "no-such.json", "--format", "svg")]
    [InlineData("--disjoint: expected smaller or better, found 'x'", "in", "--format", "svg", "--disjoint", "x")]
    [InlineData("--mask-nms: expected 0 to 1, found 2", "in", "--format", "svg", "--mask-nms", "2")]
    [InlineData("--shapes: expected polygons or masks, found 'x'", "in", "--format", "svg", "--shapes", "x")]
    [InlineData("--polygon-tolerance: expected a number of pixels from 0", "in", "--format", "svg", "--polygon-tolerance", "-1")]
    [InlineData("--cutout-soft-edge: expected a number of pixels from 0", "in", "--format", "svg", "--cutout-soft-edge", "-1")]
    public async Task Convert_Mistakes_AreSaid(string message, string input, params string[] args)
    {
        var run = await CommandRun.RunAsync(["convert", _folder[input], "--out", _folder["out"], .. args]);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task View_Records_MakesThePageAndPrintsItsPath()
    {
        var run = await CommandRun.RunAsync(["view", _folder["in/a.masks.json"], "--open"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(_folder["in/a.view.html"], run.Output.Trim());
        Assert.True(HtmlReportIndex.IsReport(_folder["in/a.view.html"]));
        Assert.Contains("no terminal", run.Error, StringComparison.Ordinal);

        // Again, and with another image: the list is printed.
        File.Copy(_folder["in/a.png"], _folder["in/b.png"]);
        MasksJson.Save(_folder["in/b.masks.json"], "b.png", "nano", ResultSamples.Masks);
        run = await CommandRun.RunAsync(["view", _folder["in"]]);
        Assert.Equal(_folder["in/index.view.html"], run.Output.Trim());
    }

    [Fact]
    public async Task Evaluate_RecordsOfTheTruthItself_AreAllOnes()
    {
        await Convert("in/a.masks.json", "coco,labelmap", "truth", "--disjoint", "smaller");
        await Convert("in/a.masks.json", "json", "found", "--disjoint", "smaller");
        foreach (var truth in new[] { "truth/annotations.coco.json", "truth/a.labels.png", "truth" })
        {
            var run = await CommandRun.RunAsync(["evaluate", _folder["found"], "--truth", _folder[truth], "--json"]);

            Assert.Equal(string.Empty, run.Error);
            using var json = JsonDocument.Parse(run.Output);
            Assert.Equal(1, json.RootElement.GetProperty("ap_50_95").GetDouble());
            Assert.Equal(1, json.RootElement.GetProperty("recall_50_95").GetDouble());
            Assert.Equal("a.png", json.RootElement.GetProperty("per_image")[0].GetProperty("image").GetString());
        }

        var table = await CommandRun.RunAsync(["evaluate", _folder["found"], "--truth", _folder["truth"]]);
        Assert.Contains("AP, mean of 0.5 to 0.95", table.Output, StringComparison.Ordinal);
        Assert.Contains(string.Join(' ', ResultSamples.Masks.Select(_ => "1.00")), table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_TwoFilesOfOneImage_CountsItOnceAndFails()
    {
        await Convert("in/a.masks.json", "labelmap", "truth", "--disjoint", "smaller");
        File.Copy(_folder["in/a.masks.json"], _folder["in/a.prompt.masks.json"]);

        var run = await CommandRun.RunAsync(["evaluate", _folder["in"], "--truth", _folder["truth"], "--json"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("a.png: expected one file of masks for an image", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(1, json.RootElement.GetProperty("per_image").GetArrayLength());
    }

    [Theory]
    [InlineData("a.png", "a.png", true)]
    [InlineData("train/a.png", "a.png", true)]
    [InlineData("a.png", "train/a.png", true)]
    [InlineData("val/a.png", "train/a.png", false)]
    [InlineData("na.png", "a.png", false)]
    public async Task Evaluate_NamesWithFolders_AreMatchedByTheirEnds(string truth, string image, bool isMatch)
    {
        using (var writer = new CocoDatasetWriter(_folder["truth.json"]))
        {
            writer.AddImage(truth, ResultSamples.Masks);
            writer.Complete();
        }

        MasksJson.Save(_folder["in/a.masks.json"], image, "nano", ResultSamples.Masks);
        var map = Path.ChangeExtension(_folder["maps/" + truth], ".labels.png");
        Directory.CreateDirectory(Path.GetDirectoryName(map)!);
        LabelMap.FromMasks(ResultSamples.Masks).SavePng(map);

        var run = await CommandRun.RunAsync(["evaluate", _folder["in/a.masks.json"], "--truth", _folder["truth.json"], "--json"]);
        Assert.Equal(isMatch ? 0 : 1, run.ExitCode);

        // Label maps have the folders of the images, or fewer.
        run = await CommandRun.RunAsync(["evaluate", _folder["in/a.masks.json"], "--truth", _folder["maps"], "--json"]);
        Assert.Equal(isMatch && truth.Length <= image.Length ? 0 : 1, run.ExitCode);
    }

    [Fact]
    public async Task Convert_TwoImagesOfOneFileName_NeverShowTheSameImage()
    {
        using (var writer = new CocoDatasetWriter(_folder["one.json"]))
        {
            writer.AddImage("train/a.png", ResultSamples.Masks);
            writer.Complete();
        }

        using (var writer = new CocoDatasetWriter(_folder["two.json"]))
        {
            writer.AddImage("train/a.png", ResultSamples.Masks);
            writer.AddImage("val/a.png", ResultSamples.Masks);
            writer.Complete();
        }

        Assert.Equal(0, (await Convert("one.json", "overlay", "one", "--images", _folder["in"])).ExitCode);
        Assert.True(File.Exists(_folder["one/train/a.overlay.png"]));

        var run = await Convert("two.json", "overlay", "two", "--images", _folder["in"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(2, run.Failures.Count());
    }

    [Fact]
    public async Task Evaluate_TwoImagesThatEndAlike_NeverShareTheirObjects()
    {
        foreach (var name in new[] { "a", "b" })
        {
            Directory.CreateDirectory(_folder["tree/" + name]);
            MasksJson.Save(_folder[$"tree/{name}/x.masks.json"], name + "/x.png", "nano", ResultSamples.Masks);
        }

        using (var writer = new CocoDatasetWriter(_folder["truth.json"]))
        {
            writer.AddImage("x.png", ResultSamples.Masks);
            writer.Complete();
        }

        var run = await CommandRun.RunAsync(["evaluate", _folder["tree"], "-r", "--truth", _folder["truth.json"], "--json"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("b/x.png: expected its true objects", Assert.Single(run.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_TwoFormatsThatShareAFile_NameItOnce()
    {
        var run = await Convert("in/a.masks.json", "png,labelmap", "out");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(1, run.Output.Split("a.labels.png").Length - 1);
    }

    [Fact]
    public async Task Convert_MoreMasksThanALabelMapTells_SaysSoBeforeAnyIsWritten()
    {
        var mask = TestMask.Draw("#.");
        var many = Enumerable.Repeat(MaskRecord.From(mask), LabelMap.MaximumMasks + 1).ToArray();
        MasksJson.Save(_folder["in/many.masks.json"], "many.png", "nano", new MaskSet(mask.Size, many));

        foreach (var format in new[] { "png", "labelmap" })
        {
            var run = await Convert("in/many.masks.json", format, "out");

            Assert.Equal(1, run.ExitCode);
            Assert.Contains("many.png: expected at most 65535 masks for a label map, found 65536", run.Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(_folder["out"]) && Directory.GetFiles(_folder["out"]).Length > 0);
        }
    }

    [Fact]
    public async Task Convert_AFolderThatCannotBeRead_IsSaidAndTheOthersConverted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Permissions of Unix.");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The superuser may read everything.");
        Directory.CreateDirectory(_folder["in/locked"]);
        if (!OperatingSystem.IsWindows())
        {
            var mode = File.GetUnixFileMode(_folder["in/locked"]);
            File.SetUnixFileMode(_folder["in/locked"], UnixFileMode.None);
            try
            {
                var run = await Convert("in", "json", "out", "-r");

                Assert.Equal(1, run.ExitCode);
                Assert.Contains(
                    "1 folder below it cannot be read, and what is in there is left out: locked", run.Error, StringComparison.Ordinal);
                Assert.True(File.Exists(_folder["out/a.masks.json"]));
            }
            finally
            {
                File.SetUnixFileMode(_folder["in/locked"], mode);
            }
        }
    }

    [Theory]
    [InlineData("convert", "--format", "json")]
    [InlineData("evaluate", "--truth", "x.png")]
    [InlineData("view")]
    [InlineData("everything")]
    public async Task AnyCommand_ANameThatIsNotUtf8_IsSaidToBeSo(string command, params string[] args)
    {
        // As .NET hands over bytes that are no UTF-8.
        _folder.Write("x.png", [1]);
        args = [.. args.Select(arg => arg == "x.png" ? _folder[arg] : arg)];
        string[] more = command is "everything" ? [.. CommandRun.Quick, "--out", _folder["out"]] : [];

        var run = await CommandRun.RunAsync([command, _folder["a\uFFFD.json"], .. args, .. more]);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("a\uFFFD.json: expected a name in UTF-8, found other bytes", run.Failures[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "a.jpg", "a.jpg")]
    [InlineData("", "x/y/a.jpg", "x/y/a.jpg")]
    [InlineData("x", "a.jpg", "x/a.jpg")]
    [InlineData("x", "x/a.jpg", "x/a.jpg")]
    [InlineData("out/x/y", "x/y/a.jpg", "out/x/y/a.jpg")]
    [InlineData("out/x", "y/a.jpg", "out/x/y/a.jpg")]
    [InlineData("x", "./y//a.jpg", "x/y/a.jpg")]
    [InlineData("x/y", "../../../photos/y/a.jpg", "x/y/a.jpg")]
    [InlineData("x", "/somewhere/a.jpg", "x/a.jpg")]
    [InlineData("", "../a.jpg", "a.jpg")]
    [InlineData("x", "x", "x/x")]
    public void RecordFile_NameOf_IsThePlaceInTheTree(string folder, string image, string expected) =>
        Assert.Equal(expected, new RecordFile("a.json", folder).NameOf(image));

    [Fact]
    public async Task Evaluate_ImagesWithoutResultsOrTruth_AreSaid()
    {
        using (var writer = new CocoDatasetWriter(_folder["truth.json"]))
        {
            writer.AddImage("a.png", ResultSamples.Masks);
            writer.AddImage("missed.png", ResultSamples.Masks);
            writer.Complete();
        }

        MasksJson.Save(_folder["in/c.masks.json"], "c.png", "nano", ResultSamples.Masks);

        var run = await CommandRun.RunAsync(["evaluate", _folder["in"], "--truth", _folder["truth.json"], "--json"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("c.png: expected its true objects", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 image of", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(0.5, json.RootElement.GetProperty("recall_50").GetDouble());
    }

    [Theory]
    [InlineData("above", "img/a.png", null)]
    [InlineData("above in the tree", "img/x/a.png", "x")]
    public async Task Convert_ImageAboveTheResults_IsFound(string what, string image, string? below)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[image])!);
        File.Copy(_folder["in/a.png"], _folder[image]);
        var results = _folder[below is null ? "img/masks" : "img/masks/x"];
        Directory.CreateDirectory(results);
        MasksJson.Save(Path.Combine(results, "a.masks.json"), below is null ? "a.png" : "x/a.png", "nano", ResultSamples.Masks);

        var run = await Convert(below is null ? "img/masks" : "img/masks/x", "overlay", "out");

        Assert.True(run.ExitCode == 0, $"{what}: {run.Error}");
    }

    [Fact]
    public async Task Convert_AfterARunFromAnotherFolder_FindsTheRecordedImageAndNoOther()
    {
        // As people type them, from the current folder.
        File.Copy(Fixture.Path("images/scene.png"), _folder["in/a.png"], overwrite: true);
        var folder = Path.GetRelativePath(Environment.CurrentDirectory, _folder.Path);
        string[] records = [Path.Combine(folder, "deep/masks/a.masks.json"), "-f", "overlay", "-o", _folder["out"]];
        await CommandRun.EverythingAsync(
            Path.Combine(folder, "in/a.png"), "-o", Path.Combine(folder, "deep/masks"), "-f", "json");

        Assert.Equal(0, (await CommandRun.RunAsync(["convert", .. records])).ExitCode);

        File.Copy(Fixture.Path("images/breakfast.png"), _folder["in/a.png"], overwrite: true);
        var run = await CommandRun.RunAsync(["convert", .. records]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("looked for ", Assert.Single(run.Failures), StringComparison.Ordinal);
        Assert.Contains("a.png (another image)", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_RunOnAPathFromTheRoot_RecordsNoPath()
    {
        File.Copy(Fixture.Path("images/scene.png"), _folder["in/a.png"], overwrite: true);
        await CommandRun.EverythingAsync(_folder["in/a.png"], "-o", _folder["masks"], "-f", "json");

        Assert.DoesNotContain("image_path", File.ReadAllText(_folder["masks/a.masks.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_EverythingAndPromptOfOneImage_HaveFilesOfTheirOwn()
    {
        File.Delete(_folder["in/a.masks.json"]);
        var image = _folder["in/a.png"];
        File.Copy(Fixture.Path("images/scene.png"), image, overwrite: true);
        await CommandRun.EverythingAsync(image, "-o", _folder["in"], "-f", "json");
        await CommandRun.RunAsync(
            ["prompt", image, "-p", "5,5", "-o", _folder["in"], "-f", "json", "--model", Fixture.Path("micro")]);

        Assert.Equal(0, (await Convert("in", "svg,overlay,coco", "out")).ExitCode);
        Assert.Equal(
            [
                "a.overlay.png", "a.prompt.overlay.png", "a.prompt.svg", "a.svg", "annotations.coco.json", "annotations.prompt.coco.json",
            ],
            Directory.GetFiles(_folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        // The candidates of the point, side by side.
        Assert.True(RgbImage.Load(_folder["out/a.prompt.overlay.png"]).Size.Width > RgbImage.Load(image).Size.Width);

        var view = await CommandRun.RunAsync(["view", _folder["in"]]);
        Assert.Equal(
            [_folder["in/a.view.html"], _folder["in/a.prompt.view.html"]],
            view.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));

        // One file of the image's name has no room for both.
        var run = await Convert("in", "labelme", "out2");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("expected masks of everything or of prompts, found files of both", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_AnImage_SaysWhatIsRead()
    {
        var run = await Convert("in/a.png", "svg", "out");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("expected a JSON file with masks: records (.masks.json), a COCO data set or ", run.Error, StringComparison.Ordinal);
        Assert.Contains("found an image", run.Error, StringComparison.Ordinal);
    }

    private Task<CommandRun> Convert(string input, string format, string folder, params string[] args) =>
        CommandRun.RunAsync(["convert", _folder[input], "--format", format, "--out", _folder[folder], .. args]);
}
