using System.Buffers;
using System.Text;
using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Cli.Display;

/// <summary>One JSON object a line on standard output, for scripts; ASCII throughout, so that no name can control a terminal. Errors are
/// said on standard error too.</summary>
internal sealed class JsonReport(Terminal terminal) : ResultReport(terminal)
{
    public override void Done(string image, MaskSet masks, IReadOnlyList<string> files) => Write(writer =>
    {
        writer.WriteString("image", image);
        writer.WriteStartArray("masks");
        foreach (var mask in masks)
        {
            WriteMask(writer, mask);
        }

        writer.WriteEndArray();
        WriteFiles(writer, files);
    });

    public override void DoneBefore(string image, string name) => Write(writer =>
    {
        writer.WriteString("image", image);
        writer.WriteBoolean("done_before", true);
    });

    public override void Failed(string image, string message)
    {
        base.Failed(image, message);
        Write(writer =>
        {
            writer.WriteString("image", image);
            writer.WriteString("error", message);
        });
    }

    public override void Completed(IReadOnlyList<string> files)
    {
        if (files.Count > 0)
        {
            Write(writer => WriteFiles(writer, files));
        }
    }

    private static void WriteMask(Utf8JsonWriter writer, MaskRecord mask)
    {
        writer.WriteStartObject();
        writer.WriteNumber("area", mask.Area);
        writer.WriteStartArray("box");
        foreach (var corner in BoxText.Corners(mask))
        {
            writer.WriteNumberValue(corner);
        }

        writer.WriteEndArray();
        WriteNumber(writer, "predicted_iou", mask.PredictedIou);
        WriteNumber(writer, "stability_score", mask.StabilityScore);
        MaskJsonWriter.WriteLabel(writer, mask);
        writer.WriteEndObject();
    }

    // JSON has no word for what is not a number.
    private static void WriteNumber(Utf8JsonWriter writer, string name, float value)
    {
        if (float.IsFinite(value))
        {
            writer.WriteNumber(name, value);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteFiles(Utf8JsonWriter writer, IReadOnlyList<string> files)
    {
        writer.WriteStartArray("files");
        foreach (var file in files)
        {
            writer.WriteStringValue(file);
        }

        writer.WriteEndArray();
    }

    private void Write(Action<Utf8JsonWriter> write)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(line))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        Terminal.Write(Encoding.UTF8.GetString(line.WrittenSpan));
    }
}
