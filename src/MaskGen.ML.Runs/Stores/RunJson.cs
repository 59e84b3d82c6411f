using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace MaskGen.ML.Runs;

/// <summary>How JSON is written in a store: so that people can read names in it.</summary>
internal static class RunJson
{
    /// <summary>Leaves letters of all languages as they are.</summary>
    public static JavaScriptEncoder Encoder { get; } = JavaScriptEncoder.Create(UnicodeRanges.All);

    /// <summary>Small files: one field a line.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = Encoder,
    };

    /// <summary>Writes a small file.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Reads one.</summary>
    /// <param name="json">The file.</param>
    /// <param name="name">Its name, for the message.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{name}: expected the JSON that a run writes: {e.Message}", e);
        }
    }
}
