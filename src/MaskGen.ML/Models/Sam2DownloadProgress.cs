namespace MaskGen.ML;

/// <summary>State of the download of one file.</summary>
/// <param name="FileName">Name of the file in its repository.</param>
/// <param name="BytesDone">Bytes on disk, those of an earlier attempt included.</param>
/// <param name="BytesTotal">Size of the file in bytes, or 0 while it is not known.</param>
/// <param name="BytesPerSecond">Mean rate since this attempt began; 0 until there is one.</param>
public readonly record struct Sam2DownloadProgress(string FileName, long BytesDone, long BytesTotal, double BytesPerSecond)
{
    /// <summary>Why nothing arrives just now, for a person to read: the hub does not answer, an attempt failed and another one follows,
    /// another process holds the file. Null while bytes arrive. One line, without control characters.</summary>
    public string? Message { get; init; }

    /// <summary>Time left at the present rate, or null while there is none.</summary>
    public TimeSpan? TimeLeft
    {
        get
        {
            var seconds = Math.Max(0, BytesTotal - BytesDone) / BytesPerSecond;
            return BytesPerSecond > 0 && seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
        }
    }
}
