using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Writes a stage into a saved model such that damage to it is noticed when it is loaded.</summary>
/// <remarks>
/// Layout. Beside the stage's <c>Model.key</c>, whose header ML.NET writes, lie the parts of the stage, one stream each, and
/// <c>stage.json</c>: <c>{"values": {name: text}, "sha256": {part: digest}}</c>, the short values of the stage and the SHA-256 of every
/// part in hexadecimal digits. The body of <c>Model.key</c> is the SHA-256 of <c>stage.json</c> (32 bytes), so that every byte of the
/// stage hangs on it.
/// </remarks>
internal sealed class SavedStageWriter
{
    public const string ManifestStream = "stage.json";
    public const string ValuesProperty = "values";
    public const string DigestsProperty = "sha256";

    /// <summary>The value that says which version of this library saved the stage: for people, and for messages about versions.</summary>
    public const string SavedByValue = "savedBy";

    private readonly ModelSaveContext _context;
    private readonly Dictionary<string, string> _values = [];
    private readonly Dictionary<string, string> _digests = [];

    private SavedStageWriter(ModelSaveContext context)
    {
        _context = context;
    }

    /// <summary>Writes the header; values and parts follow, and <see cref="Complete"/> at the end.</summary>
    public static SavedStageWriter Begin(ModelSaveContext context, ModelFormat format)
    {
        format.Write(context);
        var writer = new SavedStageWriter(context);
        writer.Add(SavedByValue, MaskGenVersion.Current);
        return writer;
    }

    /// <summary>Notes a value. One that is null is left out.</summary>
    public void Add(string name, string? value)
    {
        if (value is not null)
        {
            _values.Add(name, value);
        }
    }

    /// <summary>Notes a number, in a form that gives the same number again.</summary>
    public void Add<TNumber>(string name, TNumber value)
        where TNumber : INumber<TNumber> => _values.Add(name, value.ToString(null, CultureInfo.InvariantCulture));

    /// <summary>Writes a part as a stream of its own.</summary>
    /// <param name="name">Name of the stream.</param>
    /// <param name="write">Writes its content.</param>
    public void AddPart(string name, Action<Stream> write) => _context.SaveBinaryStream(name, writer =>
    {
        using var sha = SHA256.Create();
        using (var hashing = new CryptoStream(writer.BaseStream, sha, CryptoStreamMode.Write, leaveOpen: true))
        {
            write(hashing);
        }

        _digests.Add(name, Convert.ToHexString(sha.Hash!));
    });

    /// <summary>Writes the manifest, and its digest into the stage's own stream.</summary>
    public void Complete()
    {
        using var manifest = new MemoryStream();
        using (var json = new Utf8JsonWriter(manifest, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            WriteTexts(json, ValuesProperty, _values);
            WriteTexts(json, DigestsProperty, _digests);
            json.WriteEndObject();
        }

        var bytes = manifest.ToArray();
        _context.SaveBinaryStream(ManifestStream, writer => writer.Write(bytes));
        _context.Writer.Write(SHA256.HashData(bytes));
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, Dictionary<string, string> texts)
    {
        json.WriteStartObject(name);
        foreach (var (key, text) in texts)
        {
            json.WriteString(key, text);
        }

        json.WriteEndObject();
    }
}
