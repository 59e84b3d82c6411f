using System.Text.Json;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Cli;

public sealed class ResumeTests : IDisposable
{
    private const string AllFormats = "json,overlay,html,png,coco";
    private static readonly string Scene = Fixture.Path("images/scene.png");
    private static readonly string Narrow = Fixture.Path("images/narrow.png");

    private readonly TestFolder _folder = new();

    public ResumeTests()
    {
        Directory.CreateDirectory(_folder["in"]);
        File.Copy(Scene, _folder["in/a.png"]);
        File.Copy(Narrow, _folder["in/b.png"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Resume_NothingChanged_SkipsEverythingAndWritesTheSameFilesAboutAll()
    {
        await RunAsync();
        var before = Contents();
        File.Delete(_folder["out/annotations.coco.json"]);
        File.Delete(_folder["out/index.html"]);

        var run = await RunAsync("--resume");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["a.png", "b.png"], Done(run));
        Assert.Equal(before, Contents());
    }

    // Nobody's work is lost, and no figure that the model did not give passes for one of its own.
    [Theory]
    [InlineData("a.masks.json", "\"predicted_iou\":0.", "\"predicted_iou\":0.1")]
    [InlineData("a.html", "</body>", "<p>mine</p></body>")]
    public async Task Resume_TextThatSomebodyHasEdited_IsKeptAndIsNoResult(string name, string old, string replacement)
    {
        await RunAsync();
        var path = _folder["out/" + name];
        var text = File.ReadAllText(path);
        var at = text.LastIndexOf(old, StringComparison.Ordinal);
        var edited = text[..at] + replacement + text[(at + old.Length)..];
        File.WriteAllText(path, edited);

        var run = await RunAsync("--resume");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["b.png"], Done(run));
        Assert.Contains($"{name} was not written by maskgen, or was changed since", run.Error, StringComparison.Ordinal);
        Assert.Equal(edited, File.ReadAllText(path));
    }

    [Theory]
    [InlineData("a.masks.json")]
    [InlineData("a.overlay.png")]
    [InlineData("a.html")]
    [InlineData("a.labels.png")]
    [InlineData("a.mask-0001.png")]
    public async Task Resume_FileGoneOrDamaged_DoesTheImageAgain(string name)
    {
        await RunAsync();
        var before = Contents();
        var path = _folder["out/" + name];
        var whole = File.ReadAllBytes(path);
        Action[] faults =
        [
            () => File.Delete(path),
            () => File.WriteAllBytes(path, []),
            () => File.WriteAllBytes(path, new byte[whole.Length]),
            () => File.WriteAllBytes(path, whole[..20]),
            () => File.WriteAllBytes(path, whole[..(whole.Length / 2)]),
            () => File.WriteAllBytes(path, whole[..^1]),
        ];
        foreach (var fault in faults)
        {
            fault();

            var run = await RunAsync("--resume");

            Assert.Equal(0, run.ExitCode);
            Assert.Equal(["b.png"], Done(run));
            Assert.Equal(before, Contents());
        }
    }

    [Fact]
    public async Task Resume_OneByteOfAnImageChanged_DoesTheImageAgain()
    {
        await RunAsync("--format", "overlay");
        var bytes = File.ReadAllBytes(_folder["out/b.overlay.png"]);
        bytes[^20] ^= 1;
        File.WriteAllBytes(_folder["out/b.overlay.png"], bytes);

        Assert.Equal(["a.png"], Done(await RunAsync("--resume", "--format", "overlay")));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("overlay")]
    [InlineData("html")]
    [InlineData("png")]
    public async Task Resume_AnotherImageUnderTheName_IsDoneAgain(string format)
    {
        await RunAsync("--format", format);
        File.Copy(Narrow, _folder["in/a.png"], overwrite: true);

        var run = await RunAsync("--format", format, "--resume");

        Assert.Equal(["b.png"], Done(run));
        Assert.Equal(["a.png", "b.png"], Done(await RunAsync("--format", format, "--resume")));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("overlay")]
    [InlineData("html")]
    [InlineData("png")]
    public async Task Resume_OtherOptionsOrAnotherModel_IsDoneAgain(string format)
    {
        // Other weights in the same architecture.
        Directory.CreateDirectory(_folder["micro"]);
        File.Copy(Fixture.Path("micro/config.json"), _folder["micro/config.json"]);
        var weights = File.ReadAllBytes(Fixture.Path("micro/model.safetensors"));
        weights[^1] ^= 1;
        File.WriteAllBytes(_folder["micro/model.safetensors"], weights);
        await RunAsync("--format", format);

        Assert.Equal(
            ["a.png", "b.png"], Done(await RunAsync("--format", format, "--resume", "--points-per-batch", "3", "--threads", "1")));
        Assert.Empty(Done(await RunAsync("--format", format, "--resume", "--max-masks", "1")));
        Assert.Empty(Done(await RunAsync("--format", format, "--resume", "--max-masks", "1", "--model", _folder["micro"])));
        Assert.Equal(
            ["a.png", "b.png"], Done(await RunAsync("--format", format, "--resume", "--max-masks", "1", "--model", _folder["micro"])));
    }

    [Fact]
    public async Task Resume_OtherDrawing_DrawsAgain()
    {
        await RunAsync("--format", "json,overlay");

        Assert.Equal(["a.png", "b.png"], Done(await RunAsync("--format", "json", "--resume", "--numbers")));
        Assert.Empty(Done(await RunAsync("--format", "json,overlay", "--resume", "--numbers")));
        Assert.Equal(["a.png", "b.png"], Done(await RunAsync("--format", "json,overlay", "--resume", "--numbers")));
        Assert.Empty(Done(await RunAsync("--format", "overlay", "--resume", "--numbers", "--side-by-side")));
        Assert.Equal(["a.png", "b.png"], Done(await RunAsync("--format", "overlay", "--resume", "--numbers", "--side-by-side")));
    }

    [Fact]
    public async Task Resume_OtherFormOfOneFormat_WritesAgain()
    {
        await RunAsync("--format", "json,svg,labelme");

        Assert.Equal(["a.png", "b.png"], Done(await RunAsync("--format", "json,svg,labelme", "--resume")));
        Assert.Empty(Done(await RunAsync("--format", "json,svg,labelme", "--resume", "--polygon-tolerance", "0.5")));
        Assert.Empty(Done(await RunAsync("--format", "json,svg,labelme", "--resume", "--shapes", "masks")));
    }

    [Theory]
    [InlineData("--disjoint", "smaller")]
    [InlineData("--mask-nms", "0.7")]
    public async Task Resume_OtherOverlaps_AreDoneAgain(string option, string value)
    {
        await RunAsync("--format", "json");

        Assert.Empty(Done(await RunAsync("--format", "json", "--resume", option, value)));
        Assert.Equal(["a.png", "b.png"], Done(await RunAsync("--format", "json", "--resume", option, value)));
        Assert.Empty(Done(await RunAsync("--format", "json", "--resume")));
    }

    [Fact]
    public async Task Resume_ResultsOfAnEarlierVersionOrOfTheLibrary_AreNotOverwritten()
    {
        Directory.CreateDirectory(_folder["out"]);
        MasksJson.Save(_folder["out/a.masks.json"], "a.png", "micro", MaskSet.Empty);
        var before = File.ReadAllText(_folder["out/a.masks.json"]);

        var run = await RunAsync("--resume");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("a.masks.json was written by a program that uses MaskGen.ML", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_folder["out/a.masks.json"]));
    }

    [Theory]
    [InlineData("coco", "annotations.coco.json")]
    [InlineData("cvat", "annotations.cvat.xml")]
    [InlineData("yolo", "data.yaml")]
    [InlineData("parquet", "masks.parquet")]
    public async Task Resume_PartOfTheImagesDone_GivesTheFileOfAnUninterruptedRun(string format, string name)
    {
        File.WriteAllText(_folder["in/c.png"], "no image");
        await RunAsync("--format", "json," + format);
        var expected = File.ReadAllBytes(_folder["out/" + name]);
        File.Delete(_folder["out/" + name]);
        File.Delete(_folder["out/a.masks.json"]);

        var run = await RunAsync("--format", "json," + format, "--resume");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["b.png"], Done(run));
        Assert.Equal(expected, File.ReadAllBytes(_folder["out/" + name]));
    }

    [Fact]
    public async Task Resume_DatasetWithoutRecords_SaysWhichFormatsResume()
    {
        var run = await RunAsync("--format", "coco,overlay", "--resume");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--format json,coco resumes", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public async Task Records_OfARun_SayWhatTheyAreOf()
    {
        await RunAsync("--format", "json", "--points-per-side", "3");

        using var json = JsonDocument.Parse(File.ReadAllBytes(_folder["out/a.masks.json"]));
        var root = json.RootElement;
        Assert.Equal("micro", root.GetProperty("model").GetString());
        Assert.Equal("everything", root.GetProperty("mode").GetString());
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Scene))),
            root.GetProperty("image_sha256").GetString());
        Assert.Equal(32, root.GetProperty("model_fingerprint").GetString()!.Length);
        Assert.Equal(3, root.GetProperty("settings").GetProperty("points_per_side").GetInt32());
        Assert.Equal(1, root.GetProperty("schema_version").GetInt32());
        Assert.All(Contents().Values, content => Assert.DoesNotContain(Fixture.Path("micro"), content, StringComparison.Ordinal));
        Assert.True(MasksJsonReader.Read(_folder["out/a.masks.json"]).Masks.ImageSize == new ImageSize(320, 211));
    }

    // No option may be there twice.
    private Task<CommandRun> RunAsync(params string[] args)
    {
        string[] model = args.Contains("--model") ? [] : ["--model", Fixture.Path("micro")];
        string[] side = args.Contains("--points-per-side") ? [] : ["--points-per-side", "2"];
        string[] format = args.Contains("--format") ? [] : ["--format", AllFormats];
        string[] thresholds = ["--pred-iou-thresh", "0.45", "--stability-score-thresh", "0.3"];
        return CommandRun.RunAsync(
            ["everything", _folder["in"], "--out", _folder["out"], .. thresholds, .. args, .. model, .. side, .. format]);
    }

    private static IEnumerable<string> Done(CommandRun run) =>
        run.Error.Split('\n').Where(
            line => line.TrimEnd().EndsWith(": done already", StringComparison.Ordinal)).Select(line => line.Split(':')[0]);

    private Dictionary<string, string> Contents() =>
        Directory.GetFiles(_folder["out"]).ToDictionary(
            path => Path.GetFileName(path), path => Convert.ToHexString(File.ReadAllBytes(path)));
}
