using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Reads the stamp of a <c>masks.json</c> without its masks: its first fields come before them, its stamp after
/// them.</summary>
internal static class MasksJsonHead
{
    // Names of files are far shorter, and so are settings.
    private const int HeadBytes = 1 << 16;
    private const int TailBytes = 1 << 16;

    private static ReadOnlySpan<byte> Start => "{\"image\":\""u8;

    private static ReadOnlySpan<byte> StampStart => "],\"generator\":"u8;

    /// <summary>Finds out who wrote the file.</summary>
    /// <param name="stream">The file from its beginning; can seek.</param>
    /// <param name="isThorough">Whether to read all of it, which finds out that somebody has changed it.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ResultFileState Inspect(Stream stream, bool isThorough)
    {
        var head = Read(stream, HeadBytes);
        if (!Start.StartsWith(head) && !head.AsSpan().StartsWith(Start))
        {
            return ResultFileState.Foreign;
        }

        var (isCut, image, model, mode) = ReadHead(head);
        if (isCut || image is null)
        {
            return isCut && head.Length < HeadBytes ? ResultFileState.Blank : ResultFileState.Foreign;
        }

        stream.Position = Math.Max(0, stream.Length - TailBytes);
        if (ReadTail(Read(stream, TailBytes), image, model) is { } stamp)
        {
            return isThorough && IsChanged(stream) ? ResultFileState.Foreign : ResultFileState.Ours(stamp);
        }

        // Whole and without a stamp it is another program's; what is not whole is ours and was damaged, since it begins just as ours do.
        stream.Position = 0;
        return IsJson(stream) ? ResultFileState.Foreign
            : mode is null ? ResultFileState.Blank
            : ResultFileState.Ours(new ResultStamp(ResultKind.Records) { ImageName = image, Model = model, Mode = mode });
    }

    /// <summary>The stamp out of the fields generator, schema_version, mode, image_sha256, model_fingerprint and settings.</summary>
    /// <returns>Null for another generator.</returns>
    /// <exception cref="InvalidDataException">A field is not of its type.</exception>
    public static ResultStamp? ToStamp(JsonField[] fields, string image, string? model) =>
        fields[0].IsMissing || !ResultStamp.IsGenerator(fields[0].Text()) ? null : new ResultStamp(ResultKind.Records)
        {
            Mode = TextOrNull(fields[2]),
            ImageName = image,
            ImageSha256 = TextOrNull(fields[3]),
            Model = model,
            ModelFingerprint = TextOrNull(fields[4]),
            Settings = fields[5].IsMissing ? null : new ResultSettings(fields[5].Value.GetRawText()).Digest,
        };

    private static string? TextOrNull(JsonField field) => field.IsMissing ? null : field.Text();

    private static byte[] Read(Stream stream, int length)
    {
        var bytes = new byte[length];
        return bytes[..stream.ReadAtLeast(bytes, length, throwOnEndOfStream: false)];
    }

    // The fields must be those that we write, in our order and without white space; any other file is not ours.
    private static (bool IsCut, string? Image, string? Model, string? Mode) ReadHead(byte[] bytes)
    {
        var json = new Utf8JsonReader(bytes, isFinalBlock: false, state: default);
        try
        {
            string? image = null, model = null;
            _ = json.Read();
            foreach (var name in (ReadOnlySpan<string>)["image", "width", "height", "model", "masks"])
            {
                if (!json.Read())
                {
                    return (IsCut: true, null, null, null);
                }

                if (json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals(name))
                {
                    return default;
                }

                if (!json.Read())
                {
                    return (IsCut: true, null, null, null);
                }

                var expected = name is "image" or "model"
                    ? JsonTokenType.String
                    : name is "masks" ? JsonTokenType.StartArray : JsonTokenType.Number;
                if (json.TokenType != expected)
                {
                    return default;
                }

                (image, model) = name switch
                {
                    "image" => (json.GetString(), model),
                    "model" => (image, json.GetString()),
                    _ => (image, model),
                };
            }

            return (IsCut: false, image, model, ReadMode(ref json));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    // Records of prompts say the prompt, those of a grid the point.
    private static string? ReadMode(ref Utf8JsonReader json)
    {
        const int RecordDepth = 3;
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == RecordDepth)
            {
                if (json.ValueTextEquals("prompt"u8))
                {
                    return ResultOrigin.Prompt;
                }

                if (json.ValueTextEquals("point_coords"u8))
                {
                    return ResultOrigin.Everything;
                }
            }

            if (json.TokenType == JsonTokenType.PropertyName && !json.TrySkip())
            {
                return null;
            }
        }

        return null;
    }

    private static ResultStamp? ReadTail(byte[] tail, string image, string? model)
    {
        var start = tail.AsSpan().LastIndexOf(StampStart);
        if (start < 0)
        {
            return null;
        }

        // The comma becomes the brace that opens the object.
        start++;
        tail[start] = (byte)'{';
        try
        {
            using var json = JsonDocument.Parse(tail.AsMemory(start), new JsonDocumentOptions { MaxDepth = 16 });
            var root = new JsonField(string.Empty, string.Empty, json.RootElement);
            return ToStamp(
                root.Fields("generator", "schema_version", "mode", "image_sha256", "model_fingerprint", "settings"), image, model);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or InvalidDataException)
        {
            return null;
        }
    }

    // What is no JSON any more was damaged, not edited.
    private static bool IsChanged(Stream stream)
    {
        stream.Position = 0;
        if (JsonEnd.Check(stream) != HashedEndState.Changed)
        {
            return false;
        }

        stream.Position = 0;
        return IsJson(stream);
    }

    private static bool IsJson(Stream stream)
    {
        try
        {
            using var json = JsonDocument.Parse(stream);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
