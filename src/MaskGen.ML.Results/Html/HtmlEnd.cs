using System.Text;

namespace MaskGen.ML.Results;

/// <summary>The end of a page: a comment with the hash of everything before it, by which a whole page is recognized.</summary>
internal static class HtmlEnd
{
    private static readonly HashedEnd End = new("<!-- maskgen-end ", " -->\n");

    /// <summary>Writes a page and its end.</summary>
    /// <param name="stream">Where to, in UTF-8 without a byte order mark; stays open.</param>
    /// <param name="write">Writes the page.</param>
    public static void Write(Stream stream, Action<TextWriter> write)
    {
        var hashed = new HashingStream(stream);
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using (var writer = new StreamWriter(hashed, encoding, bufferSize: 1 << 16, leaveOpen: true))
        {
            write(writer);
        }

        stream.Write(Encoding.ASCII.GetBytes(End.Text(hashed.Digest)));
    }

    /// <summary>Whether a page has its end, and everything before it is as it was written.</summary>
    /// <param name="path">The page.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool IsWhole(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return IsWhole(stream);
    }

    /// <inheritdoc cref="IsWhole(string)"/>
    /// <param name="stream">The page from its beginning; can tell its length.</param>
    public static bool IsWhole(Stream stream) => Check(stream) == HashedEndState.Whole;

    /// <summary>Compares a page with its end.</summary>
    /// <inheritdoc cref="IsWhole(Stream)"/>
    public static HashedEndState Check(Stream stream) => End.Check(stream);
}
