using Hangfire;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Inference;
using MaskGen.ML.Runs.Tool;

namespace MaskGen.ML.Runs.Fleet;

internal static class Program
{
    // A worker ends between two batches of points and gives its shard back; engines kill after 30 seconds or more.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(20);

    private static int Main(string[] args)
    {
        if (args is ["work", ..])
        {
            LargePages.RestartWithThem();
        }

        using var interruption = new Interruption(TimeToEnd, code => ProcessEnd.AtOnce(RunExitCodes.AfterSignal(code)));
        interruption.Listen();
        StandardStreams.Reserve();
        var terminal = new Terminal(StandardStreams.Output(), StandardStreams.Error());
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            terminal.Fail(ErrorMessages.Of((Exception)e.ExceptionObject));
            ProcessEnd.AtOnce(ExitCodes.Failure);
        };

        // Short and without versions in the database.
        GlobalConfiguration.Configuration
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings();
        TestHooks.Set();
        var exitCode = interruption.Run(token => FleetCommandLine.RunAsync(args, terminal, UserEnvironment.OfThisProcess(), token));
        OnnxRuntimeLibrary.EndStart();
        return RunExitCodes.AfterSignal(exitCode);
    }
}
