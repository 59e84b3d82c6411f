using System.Text.Json;
using MaskGen.ML.Cli;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Cli;

public class CommandLineTests
{
    private static readonly string Scene = Fixture.Path("images/scene.png");
    private static readonly string[] Micro =
        ["--model", Fixture.Path("micro"), "--pred-iou-thresh", "0.45", "--stability-score-thresh", "0.3"];

    [Fact]
    public async Task Everything_Image_WritesRecordsAndOverlay()
    {
        using var folder = new TestFolder();

        var run = await RunAsync(["everything", Scene, "--out", folder.Path, "--points-per-side", "4", .. Micro]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["scene.masks.json", "scene.overlay.png"], Names(folder));
        using var json = JsonDocument.Parse(File.ReadAllText(folder["scene.masks.json"]));
        var root = json.RootElement;
        Assert.Equal("scene.png", root.GetProperty("image").GetString());
        Assert.Equal((320, 211), (root.GetProperty("width").GetInt32(), root.GetProperty("height").GetInt32()));
        var masks = root.GetProperty("masks").EnumerateArray().ToArray();
        Assert.NotEmpty(masks);
        foreach (var mask in masks)
        {
            var segmentation = CocoRle.Decode(new ImageSize(320, 211), mask.GetProperty("segmentation").GetProperty("counts").GetString()!);
            Assert.Equal(
                [211, 320], mask.GetProperty("segmentation").GetProperty("size").EnumerateArray().Select(value => value.GetInt32()));
            Assert.Equal(segmentation.Area, mask.GetProperty("area").GetInt64());
            Assert.Equal(segmentation.BoundingBox, Box(mask.GetProperty("bbox")));
            Assert.Equal(new BoxXywh(0, 0, 320, 211), Box(mask.GetProperty("crop_box")));
            Assert.Equal(2, mask.GetProperty("point_coords")[0].GetArrayLength());
            Assert.InRange(mask.GetProperty("predicted_iou").GetSingle(), 0.45f, 1);
            Assert.InRange(mask.GetProperty("stability_score").GetSingle(), 0.3f, 1);
        }

        Assert.Equal(new ImageSize(320, 211), RgbImage.Load(folder["scene.overlay.png"]).Size);
        Assert.Contains($"{masks.Length} mask", run.Output, StringComparison.Ordinal);
        Assert.Contains("points", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 320)]
    [InlineData(true, 640)]
    public async Task Everything_OverlayOfMasksOfOnePoint_IsOneImageOrTwo(bool sideBySide, int width)
    {
        using var folder = new TestFolder();
        string[] more = sideBySide ? ["--side-by-side"] : [];

        // What a grid of one point finds has one prompt, and is no choice of one mask.
        await RunAsync(["everything", Scene, "--out", folder.Path, "--points-per-side", "1", "--box-nms-thresh", "1", .. Micro, .. more]);

        var masks = MasksJson.Load(folder["scene.masks.json"]).Masks;
        Assert.True(masks.Count > 1 && masks.All(mask => mask.Points.SequenceEqual(masks[0].Points)));
        Assert.InRange(RgbImage.Load(folder["scene.overlay.png"]).Size.Width, width, 1.1 * width);
    }

    [Theory]
    [InlineData(1, "--multimask", "--point", "100,100")]
    [InlineData(0, "--single", "--point", "100,100")]
    [InlineData(1, "--multimask", "--box", "10,10,90,90", "--box", "100,100,200,200")]
    public async Task Prompt_Overlay_ShowsCandidatesApart(int isApart, params string[] prompt)
    {
        using var folder = new TestFolder();

        var run = await RunAsync(["prompt", Scene, "--out", folder.Path, "--model", Fixture.Path("micro"), .. prompt]);

        Assert.Equal(0, run.ExitCode);
        var width = RgbImage.Load(folder["scene.prompt.overlay.png"]).Size.Width;
        Assert.InRange(width, isApart == 0 ? 320 : 3 * 320, isApart == 0 ? 320 : 1.1 * 3 * 320);
    }

    [Fact]
    public async Task Everything_FewerMasksThanBefore_LeavesNoneOfTheOthers()
    {
        using var folder = new TestFolder();
        string[] args =
            ["everything", Scene, "--out", folder.Path, "--format", "png", "--points-per-side", "4", "--box-nms-thresh", "1", .. Micro];
        await RunAsync(args);
        Assert.Contains("scene.mask-0003.png", Names(folder));

        await RunAsync([.. args, "--max-masks", "2"]);

        Assert.Equal(["scene.labels.png", "scene.mask-0001.png", "scene.mask-0002.png"], Names(folder));
    }

    [Fact]
    public async Task Everything_SomeImagesBad_WritesTheOthersAndSaysWhich()
    {
        using var folder = new TestFolder();
        var text = folder["text.png"];
        File.WriteAllText(text, "not an image");

        var run = await RunAsync(["everything", text, Scene, "no-such.png", "--out", folder["out"], "--points-per-side", "2", .. Micro]);

        Assert.Equal(1, run.ExitCode);
        Assert.True(File.Exists(folder["out/scene.masks.json"]));
        var failures = run.Error.Split('\n').Where(line => line.StartsWith("maskgen: ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, failures.Length);
        Assert.Contains("no-such.png: file not found", failures[0], StringComparison.Ordinal);
        Assert.Contains("text.png: expected ", failures[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_FolderAndPattern_TakeEveryImageOnce()
    {
        using var folder = new TestFolder();
        File.Copy(Scene, folder["a.png"]);
        File.Copy(Scene, folder["b.png"]);
        File.WriteAllText(folder["notes.txt"], "no image");

        var run = await RunAsync(
            ["everything", folder.Path, folder["*.png"], "--out", folder["out"], "--format", "json", "--points-per-side", "1", .. Micro]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["a.masks.json", "b.masks.json"], Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Everything_EveryFormat_WritesItsFilesAndNothingElse()
    {
        using var folder = new TestFolder();

        var run = await RunAsync(
            ["everything", Scene, Fixture.Path("images/still-life.png"), "no-such.png", "--out", folder.Path, "--format",
                string.Join(',', ResultFormats.All.Select(format => format.Name)), "--points-per-side", "1", "--max-masks", "1", .. Micro]);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            [
                "annotations.coco.json", "annotations.cvat.xml", "data.yaml", "index.html", "masks.parquet",
                .. OfImage("scene"), .. OfImage("still-life"),
            ],
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["scene.txt", "scene.yolo.json", "still-life.txt", "still-life.yolo.json"],
            Directory.GetFiles(folder["labels"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["scene.png", "still-life.png"], Directory.GetFiles(folder["images"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var coco = JsonDocument.Parse(File.ReadAllText(folder["annotations.coco.json"]));
        Assert.Equal(2, coco.RootElement.GetProperty("images").GetArrayLength());
        Assert.Equal(2, coco.RootElement.GetProperty("annotations").GetArrayLength());

        static IEnumerable<string> OfImage(string name) => new[]
        {
            ".cutout-0001.png", ".cutouts.json", ".geojson", ".html", ".json", ".labels.png", ".labelstudio.json", ".mask-0001.png",
            ".masks.json", ".overlay.png", ".svg",
        }.Select(ending => name + ending);
    }

    [Fact]
    public async Task Everything_Resume_SkipsWhatIsWholeAndListsItAllTheSame()
    {
        using var folder = new TestFolder();
        string[] args =
            ["everything", Scene, Fixture.Path("images/still-life.png"), "--out", folder.Path, "--format", "json,html",
                "--points-per-side", "1", .. Micro];
        await RunAsync(args);
        File.Delete(folder["still-life.html"]);
        File.Delete(folder["index.html"]);
        var before = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(folder["scene.masks.json"], before);

        var run = await RunAsync([.. args, "--resume"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("scene.png: done already", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.GetLastWriteTimeUtc(folder["scene.masks.json"]));
        Assert.True(File.Exists(folder["still-life.html"]));
        Assert.Contains("scene.html", File.ReadAllText(folder["index.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_ResumeOverResultsOfAnotherImageOrModel_DoesThemAgain()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["other"]);
        File.Copy(Fixture.Path("images/still-life.png"), folder["other/scene.jpg"]);
        string[] rest = ["--out", folder["out"], "--format", "json", "--points-per-side", "1"];
        await RunAsync(["everything", Scene, .. rest, .. Micro]);

        var image = await RunAsync(["everything", folder["other/scene.jpg"], .. rest, "--resume", .. Micro]);
        var model = await RunAsync(["everything", folder["other/scene.jpg"], .. rest, "--resume"]);
        var same = await RunAsync(["everything", folder["other/scene.jpg"], .. rest, "--resume"]);

        Assert.DoesNotContain("done already", image.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("done already", model.Error, StringComparison.Ordinal);
        Assert.Contains("done already", same.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_PagesOfAFolder_LinkToTheListAndBack()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["holiday"]);
        File.Copy(Scene, folder["holiday/a.png"]);
        File.WriteAllText(folder["holiday/z.png"], "no image");

        // A separator at the end, as tab completion leaves it.
        var run = await RunAsync(["everything", folder["holiday"], "--out", folder["out"]
            + "/", "--format", "html", "--points-per-side", "1", .. Micro]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("href=\"index.html\"", File.ReadAllText(folder["out/a.html"]), StringComparison.Ordinal);
        var index = File.ReadAllText(folder["out/index.html"]);
        Assert.Contains("holiday", index, StringComparison.Ordinal);
        Assert.Contains("1 image failed", index, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.Path, index, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_ImageWhosePageWouldBeTheListOfPages_IsRefused()
    {
        using var folder = new TestFolder();
        File.Copy(Scene, folder["a.png"]);
        File.Copy(Scene, folder["index.png"]);

        var run = await RunAsync(
            ["everything", folder.Path, "--out", folder["out"], "--format", "html", "--points-per-side", "1", .. Micro]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("index.png: its result would have the name of the one about all images", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_ResultThatWouldOverwriteAImageOfTheRun_IsRefused()
    {
        using var folder = new TestFolder();
        File.Copy(Scene, folder["a.png"]);
        File.Copy(Scene, folder["a.overlay.png"]);
        var before = File.ReadAllBytes(folder["a.overlay.png"]);

        var run = await RunAsync(["everything", folder.Path, "--out", folder.Path, "--points-per-side", "1", .. Micro]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("a.overlay.png is an input", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder["a.overlay.png"]));
    }

    [Fact]
    public async Task Everything_ImageWithAnAtSign_IsNoFileOfArguments()
    {
        using var folder = new TestFolder();

        var run = await RunAsync(["everything", "@no-such.png", "--out", folder["out"], .. Micro]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("@no-such.png: file not found", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_TwoImagesOfOneName_RefusesBoth()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["other"]);
        File.Copy(Scene, folder["other/scene.png"]);

        var run = await RunAsync(
            ["everything", Scene, folder["other/scene.png"], "--out", folder["out"], "--points-per-side", "1", .. Micro]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            $"{Scene} and {folder["other/scene.png"]}: results of both would be written as", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public async Task Everything_Cancelled_LeavesNothingHalfWritten()
    {
        using var folder = new TestFolder();
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        var run = await RunAsync(["everything", Scene, "--out", folder["out"], .. Micro], cancellation.Token);

        Assert.Equal(130, run.ExitCode);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Theory]
    [InlineData("everything")]
    [InlineData("everything", "x.png", "--bogus")]
    [InlineData("everything", "x.png", "--points-per-side", "0")]
    [InlineData("everything", "x.png", "--points-per-side", "many")]
    [InlineData("everything", "x.png", "--pred-iou-thresh", "1.5")]
    [InlineData("everything", "x.png", "--stability-score-offset", "0")]
    [InlineData("everything", "x.png", "--preset", "mine")]
    [InlineData("everything", "x.png", "--format", "tiff")]
    [InlineData("everything", "x.png", "--model", "no-such-name")]
    [InlineData("everything", "x.png", "--threads", "0")]
    [InlineData("everything", "x.png", "--resume", "--format", "coco")]
    [InlineData("prompt", "x.png")]
    [InlineData("prompt", "x.png", "--point", "abc")]
    [InlineData("prompt", "x.png", "--point", "1,2,7")]
    [InlineData("prompt", "x.png", "--box", "9,9,1,1")]
    [InlineData("prompt", "x.png", "--point", "1,1", "--box", "0,0,1,1", "--box", "2,2,3,3")]
    [InlineData("prompt", "x.png", "--point", "1,1", "--single", "--multimask")]
    [InlineData("models", "export", "nano")]
    public async Task AnyCommand_WrongUsage_SaysWhyAndExitsWith2(params string[] args)
    {
        var run = await RunAsync(args);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("maskgen: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Everything_TruncatedWeights_NamesTheFile()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder["cut.safetensors"], File.ReadAllBytes(Fixture.Path("micro/model.safetensors"))[..100_000]);
        File.Copy(Fixture.Path("micro/config.json"), folder["config.json"]);

        var run = await RunAsync(["everything", Scene, "--model", folder["cut.safetensors"], "--out", folder["out"]]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("cut.safetensors", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public async Task Everything_ConfigThatContradictsTheWeights_NamesTensorAndShapes()
    {
        using var folder = new TestFolder();
        File.Copy(Fixture.Path("micro/model.safetensors"), folder["model.safetensors"]);
        var config = File.ReadAllText(Fixture.Path("micro/config.json"));
        File.WriteAllText(folder["config.json"], config.Replace("\"mlp_dim\": 64", "\"mlp_dim\": 48", StringComparison.Ordinal));

        var run = await RunAsync(["everything", Scene, "--model", folder.Path, "--out", folder["out"]]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("expected shape [48", run.Error, StringComparison.Ordinal);
        Assert.Contains("found shape [64", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_OnePoint_GivesThreeMasksWithTheirPrompt()
    {
        using var folder = new TestFolder();

        var masks = await PromptAsync(folder, "--point", "176,127");

        Assert.Equal(3, masks.Length);
        var prompt = masks[0].GetProperty("prompt");
        Assert.Equal([176, 127], prompt.GetProperty("point_coords")[0].EnumerateArray().Select(value => value.GetInt32()));
        Assert.Equal([1], prompt.GetProperty("point_labels").EnumerateArray().Select(value => value.GetInt32()));
        Assert.True(masks[0].TryGetProperty("object_score_logit", out _));
        Assert.False(masks[0].TryGetProperty("point_coords", out _));
    }

    [Fact]
    public async Task Prompt_GoldenCases_GiveTheReferencesMasks()
    {
        using var folder = new TestFolder();
        using var golden = new GoldenImage("micro", "scene");

        foreach (var (name, args) in new Dictionary<string, string[]>
        {
            ["one-point"] = ["--point", "176,127"],
            ["one-point-single"] = ["--point", "176,127", "--single"],
            ["three-points"] = ["--point", "176,127", "--point", "112,131,1", "--point", "256,21,0", "--multimask"],
            ["box"] = ["--box", "70,63,288,179"],
            ["box-and-background-point"] = ["--box", "70,63,288,179", "--point", "144,148,0"],
        })
        {
            var expected = golden.Cases.Single(one => one.Name == name);
            var masks = await PromptAsync(folder, args);
            var bestFirst = expected.Masks.Zip(expected.PredictedIou)
                .OrderByDescending(pair => pair.Second).Select(pair => pair.First).ToList();
            Assert.Equal(bestFirst.Count, masks.Length);
            for (var i = 0; i < masks.Length; i++)
            {
                var mask = CocoRle.Decode(golden.Size, masks[i].GetProperty("segmentation").GetProperty("counts").GetString()!);
                Assert.True(MaskIou.Of(bestFirst[i].Counts, mask.Counts) >= Tolerances.MaskIou, name);
            }
        }
    }

    [Fact]
    public async Task Prompt_SeveralBoxes_AreSeveralObjects()
    {
        using var folder = new TestFolder();

        Assert.Equal(2, (await PromptAsync(folder, "--box", "70,63,288,179", "--box", "10,10,50,50")).Length);
    }

    [Fact]
    public async Task Prompt_MaskedImage_IsTakenAsAnEarlierMask()
    {
        using var folder = new TestFolder();

        Assert.Single(await PromptAsync(folder, "--point", "176,127", "--mask", Fixture.Path("images/scene-gray.png")));
    }

    [Fact]
    public async Task Models_Info_ShowsArchitectureAndThresholds()
    {
        var run = await RunAsync(["models", "info", "nano"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("512 x 512", run.Output, StringComparison.Ordinal);
        Assert.Contains("0.6", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_Export_WritesBothFiles()
    {
        using var folder = new TestFolder();

        var run = await RunAsync(["models", "export", Fixture.Path("micro"), "--out", folder.Path]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["decoder.onnx", "encoder.onnx"], Names(folder));
    }

    [Fact]
    public async Task Models_List_NamesTheOfficialOnes()
    {
        var run = await RunAsync(["models", "list"]);

        Assert.Contains("nano", run.Output, StringComparison.Ordinal);
        Assert.All(Sam2OfficialModel.All, model => Assert.Contains(model.Name, run.Output, StringComparison.Ordinal));
    }

    private static async Task<JsonElement[]> PromptAsync(TestFolder folder, params string[] args)
    {
        var run = await RunAsync(["prompt", Scene, "--model", Fixture.Path("micro"), "--out", folder.Path, .. args]);
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(File.ReadAllText(folder["scene.prompt.masks.json"]));
        return [.. json.RootElement.Clone().GetProperty("masks").EnumerateArray()];
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string[] args, CancellationToken? cancellationToken = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await MaskGenCommandLine.RunAsync(
            args, output, error, cancellationToken ?? TestContext.Current.CancellationToken, UserEnvironments.Script);
        return (exitCode, output.ToString(), error.ToString());
    }

    private static BoxXywh Box(JsonElement box) => new(box[0].GetSingle(), box[1].GetSingle(), box[2].GetSingle(), box[3].GetSingle());

    private static IEnumerable<string?> Names(TestFolder folder) => Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order();
}
