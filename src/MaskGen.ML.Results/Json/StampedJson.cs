using System.Text.Encodings.Web;
using System.Text.Json;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>JSON files of results in forms of other programs: an object whose first member is the stamp, and whose last is the hash of
/// everything before it. Readers of those forms pass over members that they do not know.</summary>
internal static class StampedJson
{
    private const string Member = "maskgen";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How such files tell who wrote them.</summary>
    public static StampedText Form { get; } = new($"{{\"{Member}\":", JsonEnd.Check);

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <param name="writeMembers">Writes the other members into the object.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Save(string path, ResultStamp stamp, Action<Utf8JsonWriter> writeMembers) =>
        AtomicFile.Write(path, stream => Write(stream, stamp, writeMembers));

    /// <summary>Writes a file to a stream, which stays open.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <param name="writeMembers">Writes the other members into the object.</param>
    public static void Write(Stream stream, ResultStamp stamp, Action<Utf8JsonWriter> writeMembers)
    {
        var hashed = new HashingStream(stream);
        using var json = new Utf8JsonWriter(hashed, Options);
        json.WriteStartObject();
        json.WriteStartObject(Member);
        stamp.WriteFields(json);
        json.WriteEndObject();
        writeMembers(json);
        JsonEnd.Write(json, hashed);
        json.Flush();
    }
}
