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
                + "There is no program maskgen-frobnicate in PATH or among the .NET tools either. "
                + "Commands: everything, prompt, convert, view, evaluate, encode, models.",
            failure);
    }

    [Theory]
    [InlineData("help promt", "Expected a command, found 'promt'. Did you mean 'prompt'?")]
    [InlineData("help nosuch", "Expected a command, found 'nosuch'. There is no program maskgen-nosuch in PATH")]
    [InlineData("help models lst", "Expected a command of 'models', found 'lst'. Did you mean 'list'?")]
    public async Task Run_HelpOfWhatIsNoCommand_Fails(string typed, string expected)
    {
        var run = await CommandRun.RunAsync(typed.Split(' '));

        Assert.Equal((2, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains(expected, Assert.Single(run.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_HelpOfACommandOfAGroup_ShowsIt()
    {
        var run = await CommandRun.RunAsync(["help", "models", "pull"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("--verify", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("everything")]
    [InlineData("models")]
    [InlineData("models use")]
    [InlineData("models pull")]
    [InlineData("models info")]
    [InlineData("models export")]
    public async Task Run_Help_OffersOneWayToAskForItAndKeepsItsColumnsNarrow(string command)
    {
        var run = await CommandRun.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Contains("  -h, --help ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("-?", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("/h", run.Output, StringComparison.Ordinal);

        // What stands left of the descriptions.
        Assert.All(run.Output.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)), line =>
            Assert.InRange(line.TrimStart().Split("  ")[0].Length, 0, line.Contains("[default", StringComparison.Ordinal) ? 400 : 170));
        Assert.DoesNotContain("<base-plus", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_QuestionMark_IsHelpAllTheSame() => Assert.Equal(0, (await CommandRun.RunAsync(["-?"])).ExitCode);

    [Theory]
    [InlineData("overlay", "--format", "json", "overlay")]
    [InlineData("overlay", "--format", "json,", "overlay")]
    [InlineData("overlay", "overlay", "--format=json")]
    [InlineData("overlay,html", "-f", "json", "overlay,", "html")]
    public async Task Run_NamesOfFormatsAmongTheImages_AreRefusedWithWhatWasMeant(string rest, params string[] typed)
    {
        using var folder = new TestFolder();

        var run = await CommandRun.RunAsync(["everything", Fixture.Path("images/scene.png"), "-o", folder["out"], .. typed]);

        Assert.Equal(2, run.ExitCode);
        Assert.EndsWith($"without spaces: --format json,{rest}", Assert.Single(run.Failures).TrimEnd(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));

        // The same where masks come from files.
        run = await CommandRun.RunAsync(["convert", folder.Path, "-o", folder["out"], .. typed]);
        Assert.EndsWith($"--format json,{rest}", Assert.Single(run.Failures).TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json,ovrlay", "'ovrlay'. Did you mean 'overlay'?")]
    [InlineData("json,,overlay", "found ''.")]
    [InlineData("json,", "found ''.")]
    public async Task Run_FormatThatIsNone_SaysWhichWasMeant(string formats, string expected)
    {
        var run = await CommandRun.RunAsync(["everything", Fixture.Path("images/scene.png"), "--format", formats]);

        Assert.Equal(2, run.ExitCode);
        Assert.EndsWith(expected, Assert.Single(run.Failures).TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--preset", "foo", "--preset: expected transformers or meta, found 'foo'.")]
    [InlineData("--preset", "transformer", "found 'transformer'. Did you mean 'transformers'?")]
    [InlineData("--disjoint", "small", "found 'small'. Did you mean 'smaller'?")]
    [InlineData("--shapes", "polygon", "found 'polygon'. Did you mean 'polygons'?")]
    [InlineData("--model", "tinny", "Expected a model: nano, tiny, small, base-plus, large, ")]
    [InlineData("--model", "tinny", "found 'tinny'. Did you mean 'tiny'?")]
    [InlineData("--model", "base", "found 'base'. Did you mean 'base-plus'?")]
    public async Task Run_NameThatIsNone_SaysWhichThereAreAndWhichWasMeant(string option, string typed, string expected)
    {
        var run = await CommandRun.RunAsync(["everything", Fixture.Path("images/scene.png"), option, typed]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, Assert.Single(run.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use")]
    [InlineData("pull")]
    [InlineData("info")]
    public async Task Run_ModelThatIsNone_IsRefusedByEveryCommandOfModels(string command)
    {
        var run = await CommandRun.RunAsync(["models", command, "tinny"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Did you mean 'tiny'?", Assert.Single(run.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PullOfTheEmbeddedModel_SaysThatItIsThere()
    {
        var run = await CommandRun.RunAsync(["models", "pull", "Nano"]);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains("built into this program", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("view", "no-such.json")]
    [InlineData("convert", "no-such.json", "-f", "svg")]
    [InlineData("prompt", "no-such.json", "-p", "9,9")]
    [InlineData("everything", "no-such.json")]
    public async Task Run_FileThatIsNotThere_IsSaidInTheSameWords(params string[] args)
    {
        var run = await CommandRun.RunAsync(args);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("maskgen: no-such.json: file not found.", run.Failures.Select(line => line.TrimEnd()));
    }

    [Fact]
    public async Task Run_AnOptionThatIsNoneBesideFilesOfMasks_IsNotTakenForAFile()
    {
        var run = await CommandRun.RunAsync(["view", "some.json", "--opn"]);

        Assert.Equal("maskgen: Unrecognized option '--opn'; did you mean --open?", Assert.Single(run.Failures).TrimEnd());
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
