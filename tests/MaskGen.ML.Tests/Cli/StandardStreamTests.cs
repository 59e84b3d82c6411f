using SkiaSharp;

namespace MaskGen.ML.Tests.Cli;

/// <summary>Standard output and error that are closed, full or no longer read do not stop the work.</summary>
public class StandardStreamTests
{
    private static readonly string Scene = Fixture.Path("images/scene.png");
    private static readonly string Breakfast = Fixture.Path("images/breakfast.png");
    private static readonly string[] Micro = ["--model", Fixture.Path("micro"), "--points-per-side", "2", "--format", "json"];

    [Theory]
    [InlineData("exec \"$@\" >&-", 1, true)]
    [InlineData("exec \"$@\" >/dev/full", 1, true)]
    [InlineData("exec \"$@\" 2>&-", 0, false)]
    [InlineData("exec \"$@\" 2>/dev/full", 0, false)]
    [InlineData("exec \"$@\" >&- 2>&- <&-", 1, false)]
    [InlineData("exec \"$@\" >/dev/full 2>/dev/full", 1, false)]
    [InlineData("{ \"$@\"; echo \"ended with $?\" >&2; } | true", 0, false)]
    public async Task Everything_StreamThatCannotBeWritten_WritesAllFilesAndTells(string line, int exitCode, bool tells)
    {
        Assert.SkipWhen(line.Contains("/dev/full", StringComparison.Ordinal) && !File.Exists("/dev/full"), "Needs /dev/full.");
        using var folder = new TestFolder();
        using var process = MaskgenProcess.StartByShell(line, ["everything", Scene, Breakfast, "--out", folder.Path, .. Micro]);

        var run = await process.ResultAsync();

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal(["breakfast.masks.json", "scene.masks.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal(tells, run.Error.Contains("maskgen: standard output cannot be written", StringComparison.Ordinal));
        Assert.DoesNotContain("ended with 1", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models", "list")]
    [InlineData("models", "info", "nano")]
    [InlineData("everything", "--help")]
    public async Task AnyCommand_OutputFull_FailsWithALine(params string[] args)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "Needs /dev/full.");
        using var process = MaskgenProcess.StartByShell("exec \"$@\" >/dev/full", args);

        var run = await process.ResultAsync();

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("maskgen: standard output cannot be written: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_ImageThatMemoryIsTooSmallFor_NamesItAndDoesTheOthers()
    {
        using var folder = new TestFolder();
        SaveBlack(folder["large.jpg"], 8000);
        var smallHeap = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x6000000" };
        using var process = MaskgenProcess.Start(["everything", folder["large.jpg"], Scene, "--out", folder["out"], .. Micro], smallHeap);

        var run = await process.ResultAsync();

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"maskgen: {folder["large.jpg"]}: there is not enough memory", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(folder["out/scene.masks.json"]));
    }

    private static void SaveBlack(string path, int side)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(side, side, SKColorType.Gray8, SKAlphaType.Opaque));
        using var file = File.Create(path);
        Assert.True(bitmap.Encode(file, SKEncodedImageFormat.Jpeg, 50));
    }
}
