namespace MaskGen.ML.Web;

/// <summary>What tells a file from a later one of the same name, without reading it.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Written">When it was last written, in ticks of UTC.</param>
internal readonly record struct FileVersion(long Length, long Written)
{
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static FileVersion Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists
            ? new FileVersion(file.Length, file.LastWriteTimeUtc.Ticks)
            : throw new FileNotFoundException("The image is not there any more.");
    }
}
