using System.Text;
using System.Text.Json;

namespace MaskGen.ML.Checkpoints;

/// <summary>Reads the JSON files that lie beside weights.</summary>
internal static class JsonText
{
    // What .NET advises the author of a program.
    private const string ReaderAdvice = " Change the reader options.";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">JSON in UTF-8, or in UTF-16 or UTF-32 with a byte order mark; stays open.</param>
    /// <param name="source">Name for messages.</param>
    /// <param name="largest">Bytes that it may have.</param>
    /// <param name="read">Makes something of its object.</param>
    /// <exception cref="CheckpointFormatException">It is longer, no JSON, or no object.</exception>
    public static T Read<T>(Stream stream, string source, int largest, Func<JsonElement, T> read)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = MemoryByteSource.ReadAtMost(stream, largest);
        return bytes.Length <= largest
            ? Read(bytes.GetSpan(0, (int)bytes.Length).ToArray(), source, read)
            : throw new CheckpointFormatException(source, $"expected a file of at most {largest} bytes, found a longer one.");
    }

    /// <summary>Reads bytes.</summary>
    /// <exception cref="CheckpointFormatException">They are no JSON, or no object.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> bytes, string source, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(ToUtf8(bytes), Options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? read(document.RootElement)
                : throw new CheckpointFormatException(source, $"expected a JSON object, found {document.RootElement.ValueKind}.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            // System.Text.Json tells of text that is no UTF-8 by InvalidOperationException.
            var found = FileForm.NameOfSubstitute(
                bytes.Span) ?? $"a defect: {CheckpointText.Clean(e.Message.Replace(ReaderAdvice, string.Empty, StringComparison.Ordinal))}";
            throw new CheckpointFormatException(source, $"expected JSON, found {found}", e);
        }
    }

    // Editors on Windows begin files with a mark that says how they are encoded; JSON itself has none.
    private static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> bytes)
    {
        Encoding[] encodings =
        [
            new UTF8Encoding(true, true), new UTF32Encoding(false, true, true), new UTF32Encoding(true, true, true),
            new UnicodeEncoding(false, true, true), new UnicodeEncoding(true, true, true),
        ];
        foreach (var encoding in encodings)
        {
            if (bytes.Span.StartsWith(encoding.Preamble))
            {
                var text = bytes[encoding.Preamble.Length..];
                return encoding is UTF8Encoding ? text : Encoding.UTF8.GetBytes(encoding.GetString(text.Span));
            }
        }

        return bytes;
    }
}
