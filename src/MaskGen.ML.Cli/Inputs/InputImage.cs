using System.Security.Cryptography;
using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>An image of a run, with what tells its content from any other.</summary>
/// <param name="Path">The file, as the user named it.</param>
/// <param name="Image">The image.</param>
/// <param name="Sha256">SHA-256 of the file in hexadecimal digits; null where it can be read only once, as a pipe can.</param>
internal sealed record InputImage(string Path, RgbImage Image, string? Sha256)
{
    /// <summary>Reads an image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">As for <see cref="RgbImage.Load(string, ImageLoadOptions)"/>.</param>
    /// <exception cref="IOException">It cannot be read, or was changed meanwhile.</exception>
    /// <exception cref="InvalidDataException">It is not a whole image, or too large.</exception>
    public static InputImage Load(string path, ImageLoadOptions? options = null)
    {
        var (image, sha256) = Unchanged(path, () => RgbImage.Load(path, options));
        return new InputImage(path, image, sha256);
    }

    /// <summary>Reads from a file, and its hash.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads what is wanted of it.</param>
    /// <returns>What was read, and SHA-256 of the file as for <see cref="Sha256"/>.</returns>
    /// <exception cref="IOException">It cannot be read, or was changed meanwhile.</exception>
    public static (T Read, string? Sha256) Unchanged<T>(string path, Func<T> read)
    {
        var before = Version(path);
        var result = read();

        // After the image, whose reading refuses files that are longer than any within the limit.
        var sha256 = before is null ? null : HashOf(path);

        // The hash must be that of the bytes that were decoded: it decides whether a later run has this image done.
        return before == Version(path)
            ? (result, sha256)
            : throw new IOException($"{path}: the file was changed while it was read; run again.");
    }

    /// <summary>SHA-256 of a file in hexadecimal digits; null where there is none, or it can be read only once.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string? HashOf(string path)
    {
        if (Version(path) is null)
        {
            return null;
        }

        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static (FileIdentity?, long, DateTime)? Version(string path)
    {
        var status = FileStatus.OfTarget(path);
        if (status is { IsRegular: false } || !File.Exists(path))
        {
            return null;
        }

        // A link's own length and time say nothing of its target.
        var file = new FileInfo(path);
        file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return (status?.Identity, file.Length, file.LastWriteTimeUtc);
    }
}
