using System.Text.Json;
using System.Text.Json.Serialization;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>Serialises the masks of an image as <c>{"width":...,"height":...,"masks":[...]}</c>.</summary>
/// <remarks><para>Each mask is as <see cref="MaskRecordJsonConverter"/> writes it. Reading ignores other fields, so it also takes a file
/// that
/// <c>MasksJson</c> wrote. Anything else is a <see cref="JsonException"/> whose message names the field, such as <c>masks[3].bbox</c>, and
/// whose <see cref="JsonException.Path"/> leads to the set.</para><para>Applied by an attribute on <see cref="MaskSet"/>; public so that
/// source-generated contexts can create it. Uses no reflection. Safe to share between threads.</para></remarks>
public sealed class MaskSetJsonConverter : JsonConverter<MaskSet>
{
    /// <inheritdoc/>
    public override MaskSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        MaskJsonReader.Read(ref reader, static field =>
        {
            var fields = field.Fields("width", "height", "masks");
            var size = MaskJsonReader.ReadSize(fields[0], fields[1]);
            return new MaskSet(size, [.. fields[2].Items().Select(mask => MaskJsonReader.ReadRecord(mask, size))]);
        });

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="JsonException">A coordinate of a mask is not finite.</exception>
    public override void Write(Utf8JsonWriter writer, MaskSet value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartObject();
        writer.WriteNumber("width", value.ImageSize.Width);
        writer.WriteNumber("height", value.ImageSize.Height);
        writer.WriteStartArray("masks");
        foreach (var mask in value)
        {
            MaskRecordJsonConverter.WriteRecord(writer, mask);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
