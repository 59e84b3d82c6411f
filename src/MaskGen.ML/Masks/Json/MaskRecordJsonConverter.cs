using System.Text.Json;
using System.Text.Json.Serialization;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>Serialises a mask as SAM 2's mask generator does.</summary>
/// <remarks>
/// <para>The fields, in this order: <c>segmentation</c> (see <see cref="RunLengthEncodingJsonConverter"/>); <c>area</c> in pixels;
/// <c>bbox</c> [x, y, width, height]; <c>predicted_iou</c> and <c>stability_score</c>, null where not finite; <c>label</c> and
/// <c>prompt_score</c>, only if there are any; <c>point_coords</c> [[x, y]];
/// <c>point_labels</c> (1 foreground, 0 background), only if a point is in the background; <c>box</c> [x0, y0, x1, y1], only if there was
/// one; <c>crop_box</c> [x, y, width, height]; <c>object_score_logit</c>, only if it is not 0.</para>
/// <para>Reading takes the fields in any order, ignores others, and fills in what is missing but <c>segmentation</c> as
/// <see cref="MaskRecord.From"/> does; null scores become NaN. A mask of a file that <c>MasksJson</c> wrote is read too. Anything else is a
/// <see cref="JsonException"/> whose message names the field and whose <see cref="JsonException.Path"/> leads to the mask.</para>
/// <para>Applied by an attribute on <see cref="MaskRecord"/>; public so that source-generated contexts can create it. Uses no reflection.
/// Safe to share between threads.</para>
/// </remarks>
public sealed class MaskRecordJsonConverter : JsonConverter<MaskRecord>
{
    /// <inheritdoc/>
    public override MaskRecord Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        MaskJsonReader.Read(ref reader, static field => MaskJsonReader.ReadRecord(field));

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="JsonException">A coordinate is not finite.</exception>
    public override void Write(Utf8JsonWriter writer, MaskRecord value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        WriteRecord(writer, value);
    }

    internal static void WriteRecord(Utf8JsonWriter json, MaskRecord mask)
    {
        json.WriteStartObject();
        try
        {
            WriteFields(json, mask);
        }
        catch (ArgumentException e)
        {
            throw new JsonException($"{mask}: expected finite coordinates, found one that JSON has no number for.", e);
        }

        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, MaskRecord mask)
    {
        MaskJsonWriter.WriteMeasures(json, mask);
        MaskJsonWriter.WritePoints(json, "point_coords", mask.Points);
        if (mask.Points.Any(point => point.Label != PointLabel.Foreground))
        {
            MaskJsonWriter.WriteLabels(json, "point_labels", mask.Points);
        }

        if (mask.Box is { } box)
        {
            MaskJsonWriter.WriteBox(json, "box", box);
        }

        MaskJsonWriter.WriteBox(json, "crop_box", mask.CropBox);
        if (mask.ObjectScoreLogit != 0)
        {
            MaskJsonWriter.WriteScore(json, "object_score_logit", mask.ObjectScoreLogit);
        }
    }
}
