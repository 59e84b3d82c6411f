using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>The last field of a JSON file of results, <c>content</c>: the hash of all that stands before it, by which a file that is as it
/// was written is told from one that somebody has changed.</summary>
internal static class JsonEnd
{
    private const string Name = "content";

    private static readonly HashedEnd End = new($",\"{Name}\":\"", "\"}");

    /// <summary>Writes the field, and the brace that ends the file.</summary>
    /// <param name="json">Writes without white space, to <paramref name="hashed"/>; its object has other fields.</param>
    /// <param name="hashed">Where it writes to, since the beginning of the file.</param>
    public static void Write(Utf8JsonWriter json, HashingStream hashed)
    {
        json.Flush();
        WriteFlushed(json, hashed);
    }

    /// <summary>Writes the field and the brace, where everything before has been passed on to <paramref name="hashed"/> already; does not
    /// touch the stream.</summary>
    public static void WriteFlushed(Utf8JsonWriter json, HashingStream hashed)
    {
        json.WriteString(Name, hashed.Digest);
        json.WriteEndObject();
    }

    /// <summary>Compares a file with its end.</summary>
    /// <param name="stream">The file from its beginning; can seek.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static HashedEndState Check(Stream stream) => End.Check(stream);

    /// <summary>Whether a file has its end, and everything before it is as it was written.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool IsWhole(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Check(stream) == HashedEndState.Whole;
    }
}
