using System.Text.Json;
using System.Text.Json.Serialization;

namespace MaskGen.ML;

/// <summary>Writes <c>{"X", "Y"}</c>, and requires both when it reads: a point that is left out is not the corner. Pipelines that were
/// saved while grids were tuples have <c>Item1</c> and <c>Item2</c>.</summary>
internal sealed class GridPointConverter : JsonConverter<GridPoint>
{
    public override GridPoint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var point = document.RootElement;
        return new GridPoint(Coordinate(nameof(GridPoint.X), "Item1"), Coordinate(nameof(GridPoint.Y), "Item2"));

        float Coordinate(string name, string oldName)
        {
            if (point.ValueKind == JsonValueKind.Object
                && (point.TryGetProperty(name, out var value) || point.TryGetProperty(oldName, out value))
                && value.ValueKind == JsonValueKind.Number
                && value.TryGetSingle(out var number))
            {
                return number;
            }

            throw new JsonException($"Expected a point of a grid with the numbers X and Y, found {point.GetRawText()}.");
        }
    }

    public override void Write(Utf8JsonWriter writer, GridPoint value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber(nameof(GridPoint.X), value.X);
        writer.WriteNumber(nameof(GridPoint.Y), value.Y);
        writer.WriteEndObject();
    }
}
