using System.Reflection;
using System.Text;
using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>What a file of results says about itself: that this library wrote it, and from what. It is in a text chunk of PNG files,
/// a comment of JPEG files, an own chunk of WebP files, a meta element of pages, and among the fields of JSON files.</summary>
/// <param name="Kind">What the file is.</param>
internal sealed record ResultStamp(ResultKind Kind)
{
    private const string Product = "MaskGen.ML";

    /// <summary>Name and version of this library, as files carry it.</summary>
    public static string Generator { get; } = $"{Product} {Version()}";

    /// <summary>The command that wrote the file; null if a program that uses this library did.</summary>
    public string? Mode { get; init; }

    /// <summary>File name of the image; null if unknown, or if the file is about several.</summary>
    public string? ImageName { get; init; }

    /// <summary>SHA-256 of the image file.</summary>
    public string? ImageSha256 { get; init; }

    /// <summary>Name of the model.</summary>
    public string? Model { get; init; }

    /// <summary>Fingerprint of the model.</summary>
    public string? ModelFingerprint { get; init; }

    /// <summary>Digest of every option that changes the masks.</summary>
    public string? Settings { get; init; }

    /// <summary>Options of drawing.</summary>
    public string? Drawing { get; init; }

    /// <summary>How many masks there are.</summary>
    public int? MaskCount { get; init; }

    /// <summary>Which of them this file shows, from 1.</summary>
    public int? MaskNumber { get; init; }

    /// <summary>Hash of what the file shows, so that a copy that was edited and saved with the stamp is noticed.</summary>
    public string? Content { get; init; }

    /// <summary>The stamp of a file of an origin.</summary>
    public static ResultStamp Of(ResultKind kind, ResultOrigin? origin) => new(kind)
    {
        Mode = origin?.Mode,
        ImageName = origin?.ImageName,
        ImageSha256 = origin?.ImageSha256,
        Model = origin?.Model,
        ModelFingerprint = origin?.ModelFingerprint,
        Settings = origin?.Settings.Digest,
    };

    /// <summary>Whether a name of a generator is this library's, of any version.</summary>
    public static bool IsGenerator(string? name) =>
        name is not null && (name == Product || name.StartsWith(Product + " ", StringComparison.Ordinal));

    /// <summary>Whether this is of the same image, model and settings as another; a stamp without a hash of the image matches
    /// none.</summary>
    public bool IsSameWork(ResultStamp other) =>
        ImageSha256 is not null && Settings is not null
        && (Kind, Mode, ImageName, ImageSha256) == (other.Kind, other.Mode, other.ImageName, other.ImageSha256)
        && (ModelFingerprint, Settings, Drawing) == (other.ModelFingerprint, other.Settings, other.Drawing);

    /// <summary>The stamp as a JSON object of printable ASCII characters.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteFields(json);
            json.WriteEndObject();
        }

        return Encoding.ASCII.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Writes the fields into an object that is open.</summary>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("generator", Generator);
        json.WriteString("kind", Kind.Name);
        WriteUnlessNull(json, "mode", Mode);
        WriteUnlessNull(json, "image", ImageName);
        WriteUnlessNull(json, "image_sha256", ImageSha256);
        WriteUnlessNull(json, "model", Model);
        WriteUnlessNull(json, "model_fingerprint", ModelFingerprint);
        WriteUnlessNull(json, "settings", Settings);
        WriteUnlessNull(json, "drawing", Drawing);
        WriteUnlessNull(json, "masks", MaskCount);
        WriteUnlessNull(json, "mask", MaskNumber);
        WriteUnlessNull(json, "content", Content);
    }

    /// <summary>Reads a stamp from the text that <see cref="ToJson"/> gives.</summary>
    /// <returns>Null for any other text.</returns>
    public static ResultStamp? TryParse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 4 });
            return TryRead(json.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads a stamp from the fields of an object.</summary>
    /// <returns>Null if they are missing or of other types.</returns>
    public static ResultStamp? TryRead(JsonElement json)
    {
        try
        {
            return json.ValueKind == JsonValueKind.Object && IsGenerator(Text(json, "generator")) ? ReadFields(json) : null;
        }
        catch (InvalidOperationException)
        {
            // A name or a text of bytes that are no UTF-8, or with half of a surrogate pair.
            return null;
        }
    }

    private static ResultStamp? ReadFields(JsonElement json)
    {
        return Text(json, "kind") is not { Length: > 0 } kind ? null : new ResultStamp(new ResultKind(kind))
        {
            Mode = Text(json, "mode"),
            ImageName = Text(json, "image"),
            ImageSha256 = Text(json, "image_sha256"),
            Model = Text(json, "model"),
            ModelFingerprint = Text(json, "model_fingerprint"),
            Settings = Text(json, "settings"),
            Drawing = Text(json, "drawing"),
            MaskCount = Number(json, "masks"),
            MaskNumber = Number(json, "mask"),
            Content = Text(json, "content"),
        };
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;

    private static void WriteUnlessNull(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteUnlessNull(Utf8JsonWriter json, string name, int? value)
    {
        if (value is not null)
        {
            json.WriteNumber(name, value.Value);
        }
    }

    // What follows a plus sign is the commit.
    private static string Version() =>
        typeof(ResultStamp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "0";
}
