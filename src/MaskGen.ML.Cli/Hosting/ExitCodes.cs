namespace MaskGen.ML.Cli.Hosting;

/// <summary>What the program's exit codes mean.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Some images failed, or all, or standard output could not be written: the other results are.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>Ctrl-C, as shells report it; other signals have codes of their own, see <see cref="Interruption"/>.</summary>
    public const int Cancelled = 130;
}
