using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Inference;

namespace MaskGen.ML.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        ProcessorVariant.HandOver(args);

        // First of all: until then a signal ends the process as the system does, with the same exit codes for a shell.
        using var interruption = new Interruption(Interruption.TimeToEnd, ProcessEnd.AtOnce);
        interruption.Listen();
        StandardStreams.Reserve();
        var (output, error) = (StandardStreams.Output(), StandardStreams.Error());
        AppDomain.CurrentDomain.UnhandledException += (_, e) => EndWithOneLine(error, e.ExceptionObject);
        var environment = UserEnvironment.OfThisProcess() with
        {
            StartProgram = (path, arguments) => OtherProgram.Run(path, arguments, interruption.LeaveToAnother),
        };
        var exitCode = interruption.Run(token => MaskGenCommandLine.RunAsync(args, output, error, token, environment));
        OnnxRuntimeLibrary.EndStart();
        return exitCode;
    }

    // An error on a thread that nobody waits for: a line and exit code 1 instead of a stack trace and an abort.
    private static void EndWithOneLine(TextWriter error, object problem)
    {
        if (problem is Exception e)
        {
            new Terminal(TextWriter.Null, error).Fail(ErrorMessages.Of(e));
        }

        ProcessEnd.AtOnce(ExitCodes.Failure);
    }
}
