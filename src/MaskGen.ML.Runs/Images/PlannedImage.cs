using System.Text;
using System.Text.Json;

namespace MaskGen.ML.Runs;

/// <summary>An image of a plan, as one line of <c>images.jsonl</c> has it.</summary>
/// <param name="Key">What it is called in the results; no other image of the run is called so.</param>
/// <param name="Source">Which of the sources of the run it comes from.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Version">What tells its content from a later one: the time of its last change, or an ETag; of the archive, where it is in
/// one.</param>
/// <param name="Archive">The archive that it is in, named as images of the source are; null for none.</param>
/// <param name="Offset">Where in the archive its content begins; <see cref="MissingInArchive"/> where it was not in it any more.</param>
internal sealed record PlannedImage(string Key, int Source, long Size, string Version, string? Archive = null, long Offset = 0)
{
    /// <summary>The offset of an image that is tried again and is not in its archive any more.</summary>
    public const long MissingInArchive = -1;

    /// <summary>Whether it was not in its archive any more when the plan was made.</summary>
    public bool IsMissingInArchive => Offset == MissingInArchive;

    /// <summary>The file or object that is opened, named as the source names it.</summary>
    public string Name => Archive ?? Key;

    /// <summary>The line, without its end.</summary>
    public string ToLine()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = RunJson.Encoder }))
        {
            json.WriteStartObject();
            json.WriteString("key", Key);
            if (Source > 0)
            {
                json.WriteNumber("source", Source);
            }

            json.WriteNumber("size", Size);
            json.WriteString("version", Version);
            if (Archive is not null)
            {
                json.WriteString("tar", Archive);
                json.WriteNumber("offset", Offset);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Reads a line.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static PlannedImage Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return new PlannedImage(
                root.GetProperty("key").GetString()!,
                root.TryGetProperty("source", out var source) ? source.GetInt32() : 0,
                root.GetProperty("size").GetInt64(),
                root.GetProperty("version").GetString()!,
                root.TryGetProperty("tar", out var tar) ? tar.GetString() : null,
                root.TryGetProperty("offset", out var offset) ? offset.GetInt64() : 0);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException(
                $"{RunNames.Images}: expected a line such as {{\"key\":\"a.jpg\",\"size\":1,\"version\":\"...\"}}, found "
                + $"'{Encoding.UTF8.GetString(line.Span[..Math.Min(line.Length, 200)])}'.",
                e);
        }
    }
}
