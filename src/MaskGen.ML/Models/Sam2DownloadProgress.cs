namespace MaskGen.ML;

/// <summary>State of the download of one file.</summary>
/// <param name="FileName">Name of the file in its repository.</param>
/// <param name="BytesDone">Bytes on disk, those of an earlier attempt included.</param>
/// <param name="BytesTotal">Size of the file.</param>
/// <param name="BytesPerSecond">Mean rate since this attempt began; 0 until there is one.</param>
public readonly record struct Sam2DownloadProgress(string FileName, long BytesDone, long BytesTotal, double BytesPerSecond)
{
    /// <summary>Time left at the present rate, or null while there is none.</summary>
    public TimeSpan? TimeLeft => BytesPerSecond > 0 ? TimeSpan.FromSeconds((BytesTotal - BytesDone) / BytesPerSecond) : null;
}
