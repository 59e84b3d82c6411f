namespace MaskGen.ML.Models;

/// <summary>Reports a download to the user's progress callback, at most about twenty times a second, and why it waits.</summary>
/// <remarks>Called by one download, which does one thing at a time.</remarks>
internal sealed class HubReporter(HubSettings settings)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private Sam2DownloadProgress _last = new() { FileName = string.Empty };
    private long _started;
    private long _first;
    private TimeSpan _next;

    /// <summary>Takes note of an attempt that begins.</summary>
    /// <param name="file">The file.</param>
    /// <param name="done">Bytes that are there already.</param>
    public void Begin(HubFile file, long done)
    {
        _last = new Sam2DownloadProgress { FileName = file.FileName, BytesDone = done, BytesTotal = file.Size };
        (_started, _first, _next) = (settings.TimeProvider.GetTimestamp(), done, TimeSpan.Zero);
    }

    /// <summary>Takes note of the bytes on disk.</summary>
    public void Report(long done)
    {
        var elapsed = settings.TimeProvider.GetElapsedTime(_started);
        var rate = elapsed > TimeSpan.Zero ? (done - _first) / elapsed.TotalSeconds : 0;
        _last = _last with { BytesDone = done, BytesPerSecond = rate };
        if (settings.Progress is null || (elapsed < _next && done < _last.BytesTotal))
        {
            return;
        }

        _next = elapsed + Interval;
        settings.Progress.Report(_last);
    }

    /// <summary>Says why nothing arrives.</summary>
    /// <param name="fileName">The file that is wanted.</param>
    /// <param name="message">Why, as part of a sentence.</param>
    public void Say(string fileName, string message)
    {
        var known = _last.FileName == fileName ? _last with { BytesPerSecond = 0 } : new Sam2DownloadProgress { FileName = fileName };
        settings.Progress?.Report(known with { Message = settings.Secrets.Redact(message) });
    }
}
