using MaskGen.ML.Cli.Hosting;

namespace MaskGen.ML.Runs.Tool;

/// <summary>What exit codes mean beside <see cref="ExitCodes"/>: whether whoever started the program does well to start it again.</summary>
internal static class RunExitCodes
{
    /// <summary>Not done now, and worth another try: storage was away or full, the process was told to end, shards are still missing.
    /// EX_TEMPFAIL of sysexits.h.</summary>
    public const int TryAgain = 75;

    /// <summary>The run and this program do not fit: trying again does not help. EX_CONFIG of sysexits.h.</summary>
    public const int Mismatch = 78;

    private const int Terminated = 143;

    /// <summary>The exit code of an error.</summary>
    public static int Of(Exception error) => error switch
    {
        MaskRunMismatchException => Mismatch,
        ArgumentException => ExitCodes.Usage,

        // Of what was typed; a folder may be mounted later.
        FileNotFoundException => ExitCodes.Failure,
        IOException or OutOfMemoryException => TryAgain,
        _ => ExitCodes.Failure,
    };

    /// <summary>The exit code of a process that a signal ended: engines send SIGTERM to what they will start again.</summary>
    public static int AfterSignal(int exitCode) => exitCode == Terminated ? TryAgain : exitCode;
}
