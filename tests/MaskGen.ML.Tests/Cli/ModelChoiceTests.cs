using MaskGen.ML.Cli;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Tests.Cli;

/// <summary>Which model computes, and who is asked.</summary>
public class ModelChoiceTests : IDisposable
{
    private const string Tiny = "facebook/sam2.1-hiera-tiny";

    private readonly TestFolder _folder = new();

    private string Settings => Path.Combine(_folder.Path, "config", "maskgen", "settings.json");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tiny", Tiny)]
    [InlineData("Base-Plus", "facebook/sam2.1-hiera-base-plus")]
    [InlineData("large", "facebook/sam2.1-hiera-large")]
    [InlineData("nano", "nano")]
    [InlineData("./tiny", "./tiny")]
    [InlineData("facebook/sam2-hiera-tiny", "facebook/sam2-hiera-tiny")]
    public void Resolve_ShortName_IsTheNewestOfItsSize(string typed, string meant) => Assert.Equal(meant, ModelNames.Resolve(typed));

    [Fact]
    public void Find_TheOptionThenTheVariableThenTheSettings_Win()
    {
        var person = UserEnvironments.Person(
            Settings, string.Empty, new Dictionary<string, string> { ["MASKGEN_MODEL"] = "small", ["CI"] = "1" });
        var (terminal, _) = Terminal();
        new ModelChoice(person).Keep("large");

        Assert.Equal(("nano", ModelOrigin.Option), new ModelChoice(person).Find("nano", terminal));
        Assert.Equal(("facebook/sam2.1-hiera-small", ModelOrigin.Variable), new ModelChoice(person).Find(null, terminal));
        var withoutVariable = person with { Variable = _ => null };
        Assert.Equal(("facebook/sam2.1-hiera-large", ModelOrigin.Settings), new ModelChoice(withoutVariable).Find(null, terminal));
        Assert.Equal(("nano", ModelOrigin.Default), new ModelChoice(UserEnvironments.Script).Find(null, terminal));
    }

    [Theory]
    [InlineData("", Tiny)]
    [InlineData("y", Tiny)]
    [InlineData("Yes", Tiny)]
    [InlineData("n", "nano")]
    [InlineData("later", "nano")]
    public void Find_FirstRunAtATerminal_AsksOnceAndRemembers(string typed, string chosen)
    {
        var (terminal, said) = Terminal(isInteractive: true);

        Assert.Equal((chosen, ModelOrigin.Answer), new ModelChoice(UserEnvironments.Person(Settings, typed + "\n")).Find(null, terminal));
        Assert.Contains("156 MB from huggingface.co", said.ToString(), StringComparison.Ordinal);

        var again = UserEnvironments.Person(Settings, string.Empty) with { Input = null! };
        Assert.Equal((chosen, ModelOrigin.Settings), new ModelChoice(again).Find(null, terminal));
    }

    [Fact]
    public void Find_EndOfInput_DecidesNothing()
    {
        var (terminal, _) = Terminal(isInteractive: true);

        Assert.Equal(("nano", ModelOrigin.Default), new ModelChoice(UserEnvironments.Person(Settings, string.Empty)).Find(null, terminal));
        Assert.False(File.Exists(Settings));
    }

    [Theory]
    [InlineData("CI", "true")]
    [InlineData("TERM", "dumb")]
    [InlineData("HF_HUB_OFFLINE", "1")]
    public void Find_NobodyToAsk_IsTheEmbeddedModel(string variable, string value)
    {
        var (terminal, said) = Terminal(isInteractive: true);
        var person = UserEnvironments.Person(Settings, "y\n", new Dictionary<string, string> { [variable] = value });

        Assert.Equal(("nano", ModelOrigin.Default), new ModelChoice(person).Find(null, terminal));
        Assert.Empty(said.ToString());
    }

    [Fact]
    public void Find_NoNetworkNoKeyboardOrNoTerminal_IsNotAsked()
    {
        var (terminal, said) = Terminal(isInteractive: true);
        var person = UserEnvironments.Person(Settings, "y\n");

        Assert.Equal(ModelOrigin.Default, new ModelChoice(person with { CanReach = _ => false }).Find(null, terminal).Origin);
        Assert.Equal(ModelOrigin.Default, new ModelChoice(person with { HasKeyboard = false }).Find(null, terminal).Origin);
        Assert.Equal(ModelOrigin.Default, new ModelChoice(person).Find(null, Terminal().Terminal).Origin);
        Assert.Empty(said.ToString());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"model": 3}""")]
    public void Find_DamagedSettings_NamesTheFile(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Settings)!);
        File.WriteAllText(Settings, content);

        var error = Assert.Throws<InvalidDataException>(
            () => new ModelChoice(UserEnvironments.Person(Settings, string.Empty)).Find(null, Terminal().Terminal));

        Assert.Contains(Settings, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_PipeInPlaceOfSettings_IsRefusedAndDoesNotWait()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes have no place among files on Windows.");
        Directory.CreateDirectory(Path.GetDirectoryName(Settings)!);
        using (var process = System.Diagnostics.Process.Start("mkfifo", Settings))
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var find = Task.Run(
            () => new ModelChoice(UserEnvironments.Person(Settings, string.Empty)).Find(null, Terminal().Terminal),
            TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => find.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Contains(Settings, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keep_RelativePath_IsKeptWhole()
    {
        var choice = new ModelChoice(UserEnvironments.Person(Settings, string.Empty));
        var path = Path.GetRelativePath(Environment.CurrentDirectory, Fixture.Path("micro"));

        Assert.Equal(Path.GetFullPath(Fixture.Path("micro")), choice.Keep(path));
        Assert.Equal(Path.GetFullPath(Fixture.Path("micro")), choice.Kept);
    }

    [Fact]
    public async Task Use_AFolder_ComputesFromThenOnAndIsListed()
    {
        var person = UserEnvironments.Person(Settings, string.Empty) with { HasKeyboard = false };
        var used = await RunAsync(person, "models", "use", Fixture.Path("micro"));
        var listed = await RunAsync(person, "models", "list");
        var run = await RunAsync(
            person, "prompt", Fixture.Path("images/narrow.png"), "--point", "1,1", "--out", Path.Combine(_folder.Path, "out"));

        Assert.Equal((0, 0, 0), (used.ExitCode, listed.ExitCode, run.ExitCode));
        Assert.Contains($"used without --model: {Path.GetFullPath(Fixture.Path("micro"))}", listed.Output, StringComparison.Ordinal);
        Assert.Contains("chosen by 'maskgen models use'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Use_NothingOfThatName_KeepsWhatWas()
    {
        var person = UserEnvironments.Person(Settings, string.Empty);

        var run = await RunAsync(person, "models", "use", "./nothing-there");

        Assert.NotEqual(0, run.ExitCode);
        Assert.False(File.Exists(Settings));
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(UserEnvironment environment, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await MaskGenCommandLine.RunAsync(args, output, error, TestContext.Current.CancellationToken, environment);
        return (exitCode, output.ToString(), error.ToString());
    }

    private static (Terminal Terminal, StringWriter Said) Terminal(bool isInteractive = false)
    {
        var said = new StringWriter();
        return (new Terminal(TextWriter.Null, said) { IsInteractive = isInteractive }, said);
    }
}
