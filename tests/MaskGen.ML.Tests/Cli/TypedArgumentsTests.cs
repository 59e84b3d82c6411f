namespace MaskGen.ML.Tests.Cli;

/// <summary>What people type before they have read anything.</summary>
public class TypedArgumentsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("help")]
    [InlineData("--help")]
    public async Task Run_Nothing_ShowsTheCommands(string typed)
    {
        var run = await CommandRun.RunAsync(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(0, run.ExitCode);
        Assert.All(["everything", "prompt", "models"], command => Assert.Contains(command, run.Output, StringComparison.Ordinal));
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Run_GroupOfCommandsAlone_ShowsWhatIsInIt()
    {
        var run = await CommandRun.RunAsync(["models"]);

        Assert.Equal(0, run.ExitCode);
        Assert.All(["list", "use", "pull", "info", "export"], command => Assert.Contains(command, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_HelpOfACommand_ShowsItsOptions()
    {
        var run = await CommandRun.RunAsync(["help", "everything"]);

        Assert.Contains("--points-per-side", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Json, Overlay", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("everythin photo.jpg", "'everything'")]
    [InlineData("promt photo.jpg", "'prompt'")]
    [InlineData("models lst", "'list'")]
    [InlineData("models ues tiny", "'use'")]
    public async Task Run_MistypedCommand_SaysWhatWasMeantInOneLine(string typed, string meant)
    {
        var run = await CommandRun.RunAsync(typed.Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"Did you mean {meant}?", Assert.Single(run.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WordThatIsNothing_SaysWhatIsExpected()
    {
        var failure = Assert.Single((await CommandRun.RunAsync(["frobnicate"])).Failures);

        Assert.Equal(
            "maskgen: Expected a command or an image, found 'frobnicate'. "
                + "Commands: everything, prompt, convert, view, evaluate, models.",
            failure);
    }

    [Theory]
    [InlineData("--modle", "--model")]
    [InlineData("--points-per-sied", "--points-per-side")]
    [InlineData("--fromat", "--format")]
    public async Task Run_MistypedOption_SaysWhichWasMeant(string typed, string meant)
    {
        var run = await CommandRun.RunAsync(["everything", Fixture.Path("images/still-life.png"), typed, "x"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(run.Failures, line => line.EndsWith($"'{typed}'; did you mean {meant}?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_AnImageAlone_MeansEverything()
    {
        using var folder = new TestFolder();

        var run = await CommandRun.RunAsync([Fixture.Path("images/narrow.png"), "-o", folder.Path, "-f", "json", .. CommandRun.Quick]);

        Assert.Equal((0, string.Empty), (run.ExitCode, string.Join(' ', run.Failures)));
        Assert.True(File.Exists(Path.Combine(folder.Path, "narrow.masks.json")));
    }

    [Fact]
    public async Task Run_AnImageThatIsNotThere_SaysSo()
    {
        var run = await CommandRun.RunAsync(["no-such.jpg", .. CommandRun.Quick]);

        Assert.Contains("no-such.jpg: file not found.", run.Error, StringComparison.Ordinal);
    }
}
