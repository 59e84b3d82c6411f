using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests.Cli;

/// <summary>What shells are told when they complete a line.</summary>
public partial class CompletionTests
{
    [Theory]
    [InlineData("maskgen ev", "evaluate", "everything")]
    [InlineData("maskgen models ex", "export")]
    [InlineData("maskgen models use ti", "tiny")]
    [InlineData("maskgen everything a.png --model lar", "large")]
    [InlineData("maskgen everything a.png --preset m", "meta")]
    [InlineData("maskgen everything a.png --format ge", "geojson")]
    [InlineData("maskgen everything a.png --format json,ge", "json,geojson")]
    [InlineData("maskgen everything a.png --preset tr", "transformers")]
    public async Task Suggest_Line_GivesWhatMayFollow(string line, params string[] expected)
    {
        var run = await CommandRun.RunAsync([$"[suggest:{line.Length}]", line]);

        Assert.Equal(0, run.ExitCode);
        var beginning = line.Split(' ')[^1];
        Assert.Equal(
            expected,
            run.Output.Split(Environment.NewLine).Where(word => word.StartsWith(beginning, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("maskgen models use ba", "base-plus")]
    [InlineData("maskgen everything a.png --format json,o", "json,overlay")]
    public async Task Suggest_ScriptForBash_AsDocumented_CompletesALine(string line, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is for Bash.");
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no Bash here.");
        var page = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root(), "docs", "command-line.md"), TestContext.Current.CancellationToken);
        var words = line.Split(' ');
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

        using var bash = Process.Start(start)!;
        await bash.StandardInput.WriteAsync(
            $"{Script().Match(page).Value}\nCOMP_LINE='{line}' COMP_POINT={line.Length} COMP_WORDS=({line}) COMP_CWORD={words.Length - 1}\n"
            + "_maskgen; echo \"${COMPREPLY[@]}\"\n");
        bash.StandardInput.Close();
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected, output.Trim());
    }

    [GeneratedRegex(@"_maskgen\(\) \{\n    local.*?^complete[^\n]*$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Script();
}
