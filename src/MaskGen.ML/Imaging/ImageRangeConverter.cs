using System.Text.Json;
using System.Text.Json.Serialization;

namespace MaskGen.ML.Imaging;

/// <summary>Writes a range as people type it, such as <c>"auto"</c> or <c>"300,4200"</c>, and reads that.</summary>
internal sealed class ImageRangeConverter : JsonConverter<ImageRange>
{
    public override ImageRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && ImageRange.TryParse(reader.GetString(), null, out var range)
            ? range
            : throw new JsonException("Expected \"auto\", \"full\" or two numbers \"LOW,HIGH\" of which the second is greater.");

    public override void Write(Utf8JsonWriter writer, ImageRange value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
