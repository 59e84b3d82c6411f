namespace MaskGen.ML.Cli.Display;

/// <summary>Says how far a download is: every tenth part, as a line.</summary>
internal sealed class DownloadProgress(Terminal terminal) : IProgress<Sam2DownloadProgress>
{
    private const int Parts = 10;
    private readonly Lock _lock = new();
    private (string File, long Part) _last = (string.Empty, 0);

    public void Report(Sam2DownloadProgress value)
    {
        if (value.Message is { } message)
        {
            terminal.Say(value.FileName.Length > 0 ? $"{value.FileName}: {message}" : message);
            return;
        }

        var part = value.BytesTotal > 0 ? Parts * value.BytesDone / value.BytesTotal : 0;
        lock (_lock)
        {
            if (_last == (value.FileName, part))
            {
                return;
            }

            _last = (value.FileName, part);
        }

        var left = value.TimeLeft is { } time ? $", {time:hh\\:mm\\:ss} left" : string.Empty;
        terminal.Say(
            $"{value.FileName}: {Megabytes(value.BytesDone)} of {Megabytes(value.BytesTotal)} MB, "
            + $"{Megabytes((long)value.BytesPerSecond)} MB/s{left}");
    }

    private static string Megabytes(long bytes) => $"{bytes / 1e6:0.0}";
}
