using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Inference;

namespace MaskGen.ML.Runs.Tool;

internal static class Program
{
    // A worker ends between two batches of points and takes its note away; engines kill after 30 seconds or more.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(20);

    private static int Main(string[] args)
    {
        if (args is ["work", ..] && !FleetCommands.Is(args))
        {
            LargePages.RestartWithThem();
        }

        using var interruption = new Interruption(TimeToEnd, code => ProcessEnd.AtOnce(RunExitCodes.AfterSignal(code)));
        interruption.Listen();
        StandardStreams.Reserve();
        var (output, error) = (StandardStreams.Output(), StandardStreams.Error());
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            new Terminal(TextWriter.Null, error).Fail(ErrorMessages.Of((Exception)e.ExceptionObject));
            ProcessEnd.AtOnce(ExitCodes.Failure);
        };
        AbortAtImage(Environment.GetEnvironmentVariable("MASKGEN_RUN_TEST_ABORT"));
        var exitCode = interruption.Run(token => RunCommandLine.RunAsync(args, output, error, UserEnvironment.OfThisProcess(), token));
        OnnxRuntimeLibrary.EndStart();
        return RunExitCodes.AfterSignal(exitCode);
    }

    // For the tests, which have no image that kills the process as a defect of a native library would: by abort().
    private static void AbortAtImage(string? key)
    {
        if (!string.IsNullOrEmpty(key))
        {
            ShardWork.BeforeImage = image =>
            {
                if (image == key)
                {
                    Environment.FailFast($"A test wants the process to die at {key}.");
                }
            };
        }
    }
}
