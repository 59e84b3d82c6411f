namespace MaskGen.ML;

/// <summary>State of the download of one file.</summary>
public readonly record struct Sam2DownloadProgress
{
    /// <summary>Name of the file in its repository.</summary>
    public required string FileName { get; init; }

    /// <summary>Bytes on disk, those of an earlier attempt included.</summary>
    public long BytesDone { get; init; }

    /// <summary>Size of the file in bytes, or 0 while it is not known.</summary>
    public long BytesTotal { get; init; }

    /// <summary>Mean rate since this attempt began; 0 until there is one.</summary>
    public double BytesPerSecond { get; init; }

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
