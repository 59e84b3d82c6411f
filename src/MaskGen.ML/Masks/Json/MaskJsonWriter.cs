using System.Text.Json;

namespace MaskGen.ML.Masks;

/// <summary>The parts of SAM 2's records as JSON, under their names there. Shared by every writer of masks.</summary>
internal static class MaskJsonWriter
{
    /// <summary>Writes run lengths as COCO's compressed form, <c>{"size":[height,width],"counts":"..."}</c>.</summary>
    public static void WriteSegmentation(Utf8JsonWriter json, RunLengthEncoding mask)
    {
        json.WriteStartObject();
        WriteNumbers(json, "size", mask.Size.Height, mask.Size.Width);
        json.WriteString("counts", CocoRle.Encode(mask));
        json.WriteEndObject();
    }

    /// <summary>Writes what is measured of a mask: <c>segmentation</c>, <c>area</c>, <c>bbox</c> and both scores; and <c>label</c> and
    /// <c>prompt_score</c> if it has them.</summary>
    /// <exception cref="ArgumentException">A coordinate is not finite.</exception>
    public static void WriteMeasures(Utf8JsonWriter json, MaskRecord mask)
    {
        json.WritePropertyName("segmentation");
        WriteSegmentation(json, mask.Segmentation);
        json.WriteNumber("area", mask.Area);
        WriteBox(json, "bbox", mask.BoundingBox);
        WriteScores(json, mask);
        WriteLabel(json, mask);
    }

    /// <summary>Writes <c>label</c> and <c>prompt_score</c>, each if the mask has it.</summary>
    public static void WriteLabel(Utf8JsonWriter json, MaskRecord mask)
    {
        if (mask.Label is { } label)
        {
            json.WriteString("label", label);
        }

        if (mask.PromptScore is { } score)
        {
            json.WriteNumber("prompt_score", score);
        }
    }

    /// <summary>Writes <c>predicted_iou</c> and <c>stability_score</c>.</summary>
    public static void WriteScores(Utf8JsonWriter json, MaskRecord mask)
    {
        WriteScore(json, "predicted_iou", mask.PredictedIou);
        WriteScore(json, "stability_score", mask.StabilityScore);
    }

    /// <summary>Writes a number, or null for one that is not finite, such as the stability of an empty mask: JSON has no NaN.</summary>
    public static void WriteScore(Utf8JsonWriter json, string name, float score)
    {
        if (float.IsFinite(score))
        {
            json.WriteNumber(name, score);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>Writes the coordinates of points, <c>[[x,y]]</c>.</summary>
    /// <exception cref="ArgumentException">A coordinate is not finite.</exception>
    public static void WritePoints(Utf8JsonWriter json, string name, IReadOnlyList<PointPrompt> points)
    {
        json.WriteStartArray(name);
        foreach (var point in points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(point.X);
            json.WriteNumberValue(point.Y);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the labels of points, 1 for foreground and 0 for background.</summary>
    public static void WriteLabels(Utf8JsonWriter json, string name, IReadOnlyList<PointPrompt> points)
    {
        json.WriteStartArray(name);
        foreach (var point in points)
        {
            json.WriteNumberValue((int)point.Label);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes a box as <c>[x,y,width,height]</c>.</summary>
    /// <exception cref="ArgumentException">A coordinate is not finite.</exception>
    public static void WriteBox(Utf8JsonWriter json, string name, BoxXywh box) =>
        WriteNumbers(json, name, box.X, box.Y, box.Width, box.Height);

    /// <summary>Writes a box as <c>[x0,y0,x1,y1]</c>.</summary>
    /// <exception cref="ArgumentException">A coordinate is not finite.</exception>
    public static void WriteBox(Utf8JsonWriter json, string name, BoxXyxy box) =>
        WriteNumbers(json, name, box.X0, box.Y0, box.X1, box.Y1);

    /// <summary>Writes an array of whole numbers.</summary>
    public static void WriteNumbers(Utf8JsonWriter json, string name, params ReadOnlySpan<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, params ReadOnlySpan<float> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
