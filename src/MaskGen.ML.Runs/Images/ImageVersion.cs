using System.Globalization;

namespace MaskGen.ML.Runs;

/// <summary>What tells the content of a file or object from a later one, as a plan keeps it.</summary>
internal static class ImageVersion
{
    /// <summary>Of a file: the time of its last change.</summary>
    public static string Of(DateTime modified) => modified.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);

    /// <summary>Of an object: its ETag without quotes.</summary>
    public static string Of(string etag) => etag.Trim('"');

    /// <summary>Size and version of a file; null where there is none.</summary>
    public static (long Size, string Version)? OfFile(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return file.Exists ? (file.Length, Of(file.LastWriteTimeUtc)) : null;
    }
}
