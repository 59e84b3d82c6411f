using System.Text.Json;
using System.Text.Json.Serialization;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>Serialises run lengths as COCO does: <c>{"size":[height,width],"counts":"..."}</c>.</summary>
/// <remarks><para>Reading also takes COCO's uncompressed form, where <c>counts</c> is an array of numbers; other fields are ignored.
/// Anything else is a <see cref="JsonException"/> whose message names the field and whose <see cref="JsonException.Path"/> leads to the
/// mask.</para><para>Applied by an attribute on <see cref="RunLengthEncoding"/>; public so that source-generated contexts can create it.
/// Uses no reflection. Safe to share between threads.</para></remarks>
public sealed class RunLengthEncodingJsonConverter : JsonConverter<RunLengthEncoding>
{
    /// <inheritdoc/>
    public override RunLengthEncoding Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        MaskJsonReader.Read(ref reader, static field => MaskJsonReader.ReadSegmentation(field));

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public override void Write(Utf8JsonWriter writer, RunLengthEncoding value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        MaskJsonWriter.WriteSegmentation(writer, value);
    }
}
