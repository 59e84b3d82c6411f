using MaskGen.ML.Cli;

namespace MaskGen.ML.Tests.Cli;

/// <summary>What a run of the command line, inside the process of the tests, has written and returned.</summary>
internal sealed record CommandLineRun(int ExitCode, string Output, string Error)
{
    public static async Task<CommandLineRun> OfAsync(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await MaskGenCommandLine.RunAsync(
            arguments, output, error, TestContext.Current.CancellationToken, UserEnvironments.Script);
        return new CommandLineRun(exitCode, output.ToString(), error.ToString());
    }
}
