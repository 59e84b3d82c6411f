using MaskGen.ML.Cli;
using MaskGen.ML.Cli.Commands;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Tests.Cli;

/// <summary><c>maskgen NAME</c> is <c>maskgen-NAME</c> where that is installed.</summary>
public sealed class ExternalToolsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private string SystemPath => $"{_folder["bin"]}:{System.Environment.GetEnvironmentVariable("PATH")}";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_ToolInPath_GetsArgumentsStreamsAndGivesItsExitCode()
    {
        Program("bin/maskgen-hello", "echo \"out $# $*\"; echo \"err $MASKGEN_TEST\" >&2; cat; exit 42");
        using var process = MaskgenProcess.StartByShell(
            "echo typed | \"$@\"",
            ["hello", "a b", "--model", "x", "\u732b"],
            new Dictionary<string, string> { ["PATH"] = SystemPath, ["MASKGEN_TEST"] = "v" });

        var (exitCode, output, error) = await process.ResultAsync();

        Assert.Equal((42, "out 4 a b --model x \u732b\ntyped\n", "err v\n"), (exitCode, output, error));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task Run_ToolThatIsSignalled_IsTheProcessItself(int signal)
    {
        // Says so when it listens, and what it has heard.
        Program("bin/maskgen-wait", "trap 'exit 7' INT TERM; echo ready >&2; while :; do sleep 0.05; done");
        using var process = MaskgenProcess.StartToSignal(
            ["wait"], new Dictionary<string, string> { ["PATH"] = SystemPath });
        await process.ErrorLineAsync(line => line == "ready");

        process.Signal(signal);

        Assert.Equal(7, await process.ExitCodeAsync());
    }

    [Fact]
    public async Task Run_ToolThatWritesToAClosedPipe_EndsAsAnyProgramDoes()
    {
        Program("bin/maskgen-yes", "while echo y; do :; done; echo ignored >&2");
        using var process = MaskgenProcess.StartByShell(
            "{ \"$@\"; echo $? >&2; } | head -n 1",
            ["yes"],
            new Dictionary<string, string> { ["PATH"] = SystemPath });

        var (_, output, error) = await process.ResultAsync();

        Assert.Equal(("y\n", "141\n"), (output, error));
    }

    [Fact]
    public async Task Run_Tool_IsStartedWithWhatFollowsItsName()
    {
        var tool = Program("bin/maskgen-serve-2", "exit 0");
        var started = new List<string>();
        var environment = Environment("bin") with
        {
            StartProgram = (path, arguments) =>
            {
                started.AddRange([path, .. arguments]);
                return 5;
            },
        };

        Assert.Equal(5, await RunAsync(environment, "serve-2", "--port", "80"));
        Assert.Equal([tool, "--port", "80"], started);
        Assert.Equal(5, await RunAsync(environment, "help", "serve-2"));
        Assert.Equal([tool, "--help"], started[3..]);
    }

    [Fact]
    public async Task Run_CommandImageOrOption_IsNoTool()
    {
        foreach (var name in new[] { "everything", "models", "help", "a.png", "--version", "photo" })
        {
            Program($"bin/maskgen-{name}", "exit 99");
        }

        var environment = Environment("bin") with { StartProgram = (_, _) => 99 };
        File.Copy(Fixture.Path("images/narrow.png"), _folder["photo"]);

        Assert.Equal(0, await RunAsync(environment, "everything", "--help"));
        Assert.Equal(0, await RunAsync(environment, "models", "list"));
        Assert.Equal(0, await RunAsync(environment, "help"));
        Assert.Equal(1, await RunAsync(environment, "a.png", "-o", _folder["out"], "-m", Fixture.Path("micro")));
        Assert.Equal(0, await RunAsync(environment, "--version"));
        Assert.Equal(0, await RunAsync(environment, [_folder["photo"], "-o", _folder["out"], .. CommandRun.Quick]));
    }

    [Fact]
    public async Task Run_WordThatIsNoTool_SaysWhatWasMeant()
    {
        using var error = new StringWriter();

        var exitCode = await MaskGenCommandLine.RunAsync(
            ["everythin"], TextWriter.Null, error, TestContext.Current.CancellationToken, Environment("bin"));

        Assert.Equal(2, exitCode);

        Assert.Contains("Did you mean 'everything'?", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("install", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_SeveralFolders_TakesTheFirstThatCanBeStarted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Permissions of Unix.");
        var home = Program("home/.dotnet/tools/maskgen-x", "exit 0");
        Assert.Equal(home, ExternalTools.Find("x", Environment("one", "two")));

        var notExecutable = _folder.Write("one/maskgen-x", "#!/bin/sh"u8.ToArray());
        Directory.CreateDirectory(_folder["two/maskgen-x"]);
        Assert.Equal(home, ExternalTools.Find("x", Environment("one", "two")));

        File.Delete(home);
        Assert.Equal(notExecutable, ExternalTools.Find("x", Environment("one", "two")));
        var second = Program("three/maskgen-x", "exit 0");
        Assert.Equal(second, ExternalTools.Find("x", Environment("one", "three")));

        // Not relative to where somebody happens to be.
        var relative = Path.GetRelativePath(System.Environment.CurrentDirectory, _folder["three"]);
        var environment = UserEnvironments.Script with { Variable = name => name == "PATH" ? $"{relative}::." : null };
        Assert.Null(ExternalTools.Find("x", environment));
    }

    [Fact]
    public async Task Run_ToolThatCannotBeStarted_SaysWhy()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Permissions of Unix.");
        var tool = _folder.Write("bin/maskgen-x", "#!/bin/sh"u8.ToArray());
        using var process = MaskgenProcess.Start(["x"], new Dictionary<string, string> { ["PATH"] = _folder["bin"] });

        var (exitCode, _, error) = await process.ResultAsync();

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"maskgen: {tool}: cannot be started: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void HowToInstall_PublishedTool_IsTheCommandOfItsPackage()
    {
        ExternalTool[] published = [new("paint", "maskgen-paint-tool", "paints masks")];

        Assert.Equal(
            "'maskgen paint', which paints masks, is a tool of its own and not installed. "
            + "To install it: dotnet tool install --global maskgen-paint-tool",
            ExternalTools.HowToInstall("paint", published));
        Assert.Null(ExternalTools.HowToInstall("Paint-2", published));
        var projects = Directory.GetFiles(Path.Combine(Repository.Root(), "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(File.ReadAllText).ToList();
        Assert.All(ExternalTools.Published, tool => Assert.Single(projects, project =>
            project.Contains($"<PackageId>{tool.Package}</PackageId>", StringComparison.Ordinal)
            && project.Contains($"<ToolCommandName>maskgen-{tool.Name}</ToolCommandName>", StringComparison.Ordinal)));
    }

    private static Task<int> RunAsync(UserEnvironment environment, params string[] args) =>
        MaskGenCommandLine.RunAsync(args, TextWriter.Null, TextWriter.Null, TestContext.Current.CancellationToken, environment);

    private UserEnvironment Environment(params string[] path) => UserEnvironments.Script with
    {
        Variable = name => name switch
        {
            "PATH" => string.Join(Path.PathSeparator, path.Select(folder => _folder[folder])),
            "HOME" => _folder["home"],
            _ => null,
        },
    };

    private string Program(string name, string lines)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Programs are shell scripts.");
        var path = _folder.Write(name, System.Text.Encoding.UTF8.GetBytes($"#!/bin/sh\n{lines}\n"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
