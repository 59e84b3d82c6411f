using System.Globalization;
using FsCheck.Xunit;
using MaskGen.ML.Cli.Options;

namespace MaskGen.ML.Tests.Cli;

/// <summary>Values that are not what was meant are refused before anything is computed, with the option, the value and the limit.</summary>
public class MistypedValueTests
{
    private static readonly string Scene = Fixture.Path("images/scene.png");

    // Never read, as the value is found wrong before.
    private static readonly string[] NoModel = ["--model", Fixture.Path("no-such-model")];

    private static readonly string[] Decimals =
    [
        "--pred-iou-thresh", "--stability-score-thresh", "--stability-score-offset", "--mask-threshold", "--box-nms-thresh",
        "--crop-nms-thresh", "--crop-overlap-ratio",
    ];

    private static readonly string[] WholeNumbers =
    [
        "--points-per-side", "--points-per-batch", "--crop-n-layers", "--crop-n-points-downscale-factor", "--min-mask-region-area",
        "--max-masks", "--gpu", "--threads", "--max-pixels",
    ];

    public static TheoryData<string, string> NotNumbers =>
    [
        .. from option in Decimals
           from text in new[] { "0,5", "1,000", "1.000,5", "NaN", "Infinity", "1e39", "0.5f", "50%", "half", "\u22120.5" }
           select (option, text),
        .. from option in WholeNumbers
           from text in new[] { "1,5", "1,000", "1.0", "1e3", "0x10", "99999999999999999999", "many" }
           select (option, text),
    ];

    public static TheoryData<string, string> OutOfRange =>
    [
        ("--pred-iou-thresh", "88"), ("--pred-iou-thresh", "-0.1"), ("--stability-score-thresh", "1.01"),
        ("--stability-score-offset", "0"), ("--stability-score-offset", "-1"), ("--stability-score-offset", "1e-60"),
        ("--box-nms-thresh", "1.5"), ("--crop-nms-thresh", "-1"), ("--crop-overlap-ratio", "1"),
        ("--points-per-side", "0"), ("--points-per-side", "1000000"), ("--points-per-batch", "0"),
        ("--crop-n-layers", "-1"), ("--crop-n-layers", "100"), ("--crop-n-points-downscale-factor", "0"),
        ("--min-mask-region-area", "-1"), ("--max-masks", "0"), ("--gpu", "-1"), ("--threads", "0"), ("--threads", "100000"),
        ("--max-pixels", "0"), ("--max-pixels", "-5"), ("--max-pixels", "1G"),
    ];

    [Theory]
    [MemberData(nameof(NotNumbers))]
    public async Task Everything_ValueThatIsNoNumber_IsRefusedWithAnExample(string option, string text)
    {
        var run = await CommandLineRun.OfAsync(["everything", Scene, $"{option}={text}", .. NoModel]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"maskgen: {option}: expected a ", run.Error, StringComparison.Ordinal);
        Assert.Contains("such as ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith($", found '{text}'.{Environment.NewLine}", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public async Task Everything_ValueOutOfItsRange_IsRefusedWithTheRange(string option, string text)
    {
        var run = await CommandLineRun.OfAsync(["everything", Scene, $"{option}={text}", "--model", "nano"]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"maskgen: {option}: expected ", run.Error, StringComparison.Ordinal);
        Assert.Contains(", found ", run.Error, StringComparison.Ordinal);
    }

    [Property(MaxTest = 300)]
    public void TryParse_AnyDecimal_IsReadAsWrittenOrNotAtAll(float value, bool hasComma)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var typed = hasComma ? text.Replace('.', ',') : text;

        var isRead = NumberOptions.TryParse(typed, NumberStyles.Float, out float read);

        Assert.Equal(float.IsFinite(value) && !typed.Contains(',', StringComparison.Ordinal), isRead);
        Assert.True(!isRead || read.Equals(value));
    }

    [Theory]
    [InlineData("5000,375", "5000,375: outside the image (320 x 211)")]
    [InlineData("-5,-5", "-5,-5: outside the image (320 x 211)")]
    [InlineData("0.5,0.5", "expected pixels of the image (320 x 211), found coordinates from 0 to 1 only")]
    [InlineData("1,0.25", "expected pixels of the image (320 x 211), found coordinates from 0 to 1 only")]
    public async Task Prompt_PointThatCannotBeMeant_IsRefusedBeforeTheModelIsLoaded(string point, string expected)
    {
        var run = await CommandLineRun.OfAsync(["prompt", Scene, "--point", "10,10", $"--point={point}", .. NoModel]);
        var alone = await CommandLineRun.OfAsync(["prompt", Scene, $"--point={point}", .. NoModel]);

        Assert.Equal(2, alone.ExitCode);
        Assert.StartsWith("maskgen: --point", alone.Error, StringComparison.Ordinal);
        Assert.Contains(expected, alone.Error, StringComparison.Ordinal);

        // Beside a point in pixels, a part of one is a part of a pixel.
        Assert.Equal(expected.Contains("outside", StringComparison.Ordinal), run.Error.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("400,10,500,60", "400,10,500,60: outside the image (320 x 211)")]
    [InlineData("-50,-50,0,0", "-50,-50,0,0: outside the image (320 x 211)")]
    [InlineData("0.1,0.1,0.9,0.9", "expected pixels")]
    [InlineData("0,0,1,1", "expected pixels")]
    [InlineData("200,100,50,20", "swapped")]
    [InlineData("20,20,20,50", "with an area")]
    public async Task Prompt_BoxThatCannotBeMeant_IsRefusedBeforeTheModelIsLoaded(string box, string expected)
    {
        var run = await CommandLineRun.OfAsync(["prompt", Scene, $"--box={box}", .. NoModel]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("maskgen: --box", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,0")]
    [InlineData("1,1")]
    public async Task Prompt_PointInTheCorner_IsTakenAndNoted(string point)
    {
        using var folder = new TestFolder();

        var run = await CommandLineRun.OfAsync(
            ["prompt", Scene, "--point", point, "--model", Fixture.Path("micro"), "--out", folder.Path]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("--point: taken as pixels in the upper left corner of the image (320 x 211).", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false, "--point", "100,100")]
    [InlineData(false, "--box", "20,20,200,200")]
    public async Task Prompt_MaskAlone_IsTakenWithAWarning(bool isWarned, params string[] more)
    {
        using var folder = new TestFolder();

        var run = await CommandLineRun.OfAsync(
            ["prompt", Scene, "--mask", Scene, "--model", Fixture.Path("micro"), "--out", folder.Path, .. more]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(isWarned, run.Error.Contains("--mask: SAM 2 expects a point or a box beside", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Prompt_BoxThatOverhangs_IsTaken()
    {
        using var folder = new TestFolder();

        var run = await CommandLineRun.OfAsync(
            ["prompt", Scene, "--box=-20,-10,180,400", "--model", Fixture.Path("micro"), "--out", folder.Path]);

        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Prompt_MaskOfAnotherSize_IsRefusedWithBothSizes()
    {
        var run = await CommandLineRun.OfAsync(["prompt", Scene, "--mask", Fixture.Path("images/breakfast.png"), .. NoModel]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("expected a mask of the image's size (320 x 211), found 480 x 320", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-x", "Unrecognized option '-x'.")]
    [InlineData("--resum", "Unrecognized option '--resum'; did you mean --resume?")]
    [InlineData("https://example.org/a.jpg?w=100", "download the image first")]
    [InlineData("s3://bucket/a.jpg", "download the image first")]
    [InlineData("file:///tmp/a.jpg", "give the path of the file")]
    [InlineData("-", "standard input")]
    public async Task Everything_InputThatIsNone_IsRefusedBeforeAnythingIsComputed(string input, string expected)
    {
        using var folder = new TestFolder();

        var run = await CommandLineRun.OfAsync(["everything", Scene, input, "--out", folder["out"]]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public async Task Everything_NamesOfOptionsThatAreFiles_AreTaken()
    {
        using var folder = new TestFolder();
        File.Copy(Scene, folder["-o"]);

        var run = await CommandLineRun.OfAsync(
            ["everything", folder["-o"], "--out", folder["out"], "--points-per-side", "1", "--model", Fixture.Path("micro")]);

        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Everything_OnlyMissingFiles_LoadsNoModel()
    {
        var run = await CommandLineRun.OfAsync(
            ["everything", "no-such-1.png", "no-such-2.png", "--model", Fixture.Path("micro/config.json")]);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            ["maskgen: no-such-1.png: file not found.", "maskgen: no-such-2.png: file not found.", "0 of 2 images done."],
            run.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !line.StartsWith("looking for images", StringComparison.Ordinal))); // said where that takes a second
    }

    [Theory]
    [InlineData("67520", 0)]
    [InlineData("67519", 1)]
    [InlineData("68K", 0)]
    [InlineData("67k", 1)]
    [InlineData("1M", 0)]
    public async Task AnyCommand_MaximumPixels_IsTheLimitOfImagesAndMasks(string pixels, int exitCode)
    {
        using var folder = new TestFolder();
        string[] rest = [$"--max-pixels={pixels}", "--model", Fixture.Path("micro"), "--out", folder.Path];

        var everything = await CommandLineRun.OfAsync(["everything", Scene, "--points-per-side", "1", .. rest]);
        var prompt = await CommandLineRun.OfAsync(["prompt", Scene, "--point", "100,100", "--mask", Scene, .. rest]);

        Assert.Equal((exitCode, exitCode), (everything.ExitCode, prompt.ExitCode));
        foreach (var error in new[] { everything.Error, prompt.Error })
        {
            Assert.Equal(exitCode == 1, error.Contains("or raise --max-pixels to 67520 where", StringComparison.Ordinal));
        }
    }
}
