using MaskGen.ML.Cli;

namespace MaskGen.ML.Tests.Cli;

/// <summary>A run of the command line in this process, with the smallest model.</summary>
/// <param name="ExitCode">Exit code.</param>
/// <param name="Output">What went to standard output.</param>
/// <param name="Error">What went to standard error.</param>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <summary>Options that make a run of the micro model quick.</summary>
    public static IReadOnlyList<string> Quick { get; } =
        ["--model", Fixture.Path("micro"), "--pred-iou-thresh", "0.45", "--stability-score-thresh", "0.3", "--points-per-side", "2"];

    /// <summary>Lines of errors.</summary>
    public string[] Failures => [.. Error.Split('\n').Where(line => line.StartsWith("maskgen: ", StringComparison.Ordinal))];

    public static Task<CommandRun> EverythingAsync(params string[] args) => RunAsync(["everything", .. args, .. Quick]);

    public static async Task<CommandRun> RunAsync(string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await MaskGenCommandLine.RunAsync(
            args, output, error, TestContext.Current.CancellationToken, UserEnvironments.Script);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}
