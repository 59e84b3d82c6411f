namespace MaskGen.ML.Models;

/// <summary>Tells how a download goes on, at most some twenty times a second.</summary>
internal sealed class HubProgressMeter(HubSettings settings, HubFile file, long start)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly long _started = settings.TimeProvider.GetTimestamp();
    private TimeSpan _next = TimeSpan.Zero;

    /// <summary>Takes note of the bytes on disk.</summary>
    public void Report(long done)
    {
        var elapsed = settings.TimeProvider.GetElapsedTime(_started);
        if (settings.Progress is null || (elapsed < _next && done < file.Size))
        {
            return;
        }

        _next = elapsed + Interval;
        var rate = elapsed > TimeSpan.Zero ? (done - start) / elapsed.TotalSeconds : 0;
        settings.Progress.Report(new Sam2DownloadProgress(file.FileName, done, file.Size, rate));
    }
}
