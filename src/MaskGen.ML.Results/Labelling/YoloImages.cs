using System.Security.Cryptography;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>The copies of images that a YOLO data set has in its folder of images. Copies, not links: Ultralytics writes over JPEG files
/// that it finds cut off.</summary>
internal static class YoloImages
{
    /// <summary>A copy. It is ours if the record beside its labels says so and knows its content.</summary>
    public static ResultKind Kind { get; } = new("yolo-image") { InspectFile = Inspect, IsCopyOfImage = true };

    /// <summary>Whether two paths are one and the same file.</summary>
    public static bool AreOneFile(string first, string second) =>
        FileStatus.OfTarget(first)?.Identity is { } identity
            ? FileStatus.OfTarget(second)?.Identity == identity
            : Path.GetFullPath(first) == Path.GetFullPath(second);

    /// <summary>Whether there are two files of the same content.</summary>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be read.</exception>
    public static bool AreEqual(string first, string second) =>
        File.Exists(first) && File.Exists(second)
        && new FileInfo(first).Length == new FileInfo(second).Length
        && HashOf(first) == HashOf(second);

    /// <summary>Writes a copy, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written, or the image not be read.</exception>
    public static void Copy(string image, string path)
    {
        using var source = new FileStream(image, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        AtomicFile.Write(path, source.CopyTo);
    }

    /// <summary>SHA-256 of a file in hexadecimal digits.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string HashOf(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Convert.ToHexString(SHA256.HashData(stream)).ToLowerInvariant();
    }

    private static ResultFileState Inspect(string path, bool isThorough)
    {
        var slashes = path.Replace(Path.DirectorySeparatorChar, '/');
        if (YoloLayout.BesideLabels(slashes, YoloLabels.RecordEnding) is not { } record
            || !File.Exists(record)
            || YoloLabels.ReadStamp(record) is not var (stamp, hasCopy)
            || !hasCopy)
        {
            return ResultFileState.Foreign;
        }

        return isThorough && stamp.ImageSha256 != HashOf(path)
            ? ResultFileState.Foreign
            : ResultFileState.Ours(stamp with { Kind = Kind });
    }
}
