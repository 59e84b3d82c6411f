namespace MaskGen.ML.Results;

/// <summary>Finds out by its content whether an image file is a result of this library.</summary>
internal static class ImageStamp
{
    /// <summary>Reads the stamp of a PNG, JPEG or WebP file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Null for any other file.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ResultStamp? TryRead(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return TryRead(stream);
    }

    /// <inheritdoc cref="TryRead(string)"/>
    /// <param name="stream">The file from its beginning; can seek.</param>
    public static ResultStamp? TryRead(Stream stream)
    {
        Span<byte> head = stackalloc byte[12];
        var found = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        stream.Position = 0;
        return found.StartsWith(PngChunk.Signature) ? PngFile.ReadStamp(stream)
            : JpegStamp.Recognises(found) ? JpegStamp.TryRead(stream)
            : WebpStamp.Recognises(found) ? WebpStamp.TryRead(stream)
            : null;
    }
}
