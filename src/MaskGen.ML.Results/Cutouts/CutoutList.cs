using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>The list of the cut-outs of an image: which mask each file shows, and where it lies in the image.</summary>
internal static class CutoutList
{
    /// <summary>What it is.</summary>
    public static ResultKind Kind { get; } = new("cutouts") { Inspect = StampedJson.Form.Inspect };

    /// <summary>What each file in it is.</summary>
    public static ResultKind CutoutKind { get; } = new("cutout");

    /// <summary>Writes a list, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cutouts">Numbers of masks from 1, the masks, the files, and the part of the image that each shows.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Save(
        string path, IReadOnlyList<(int Number, MaskRecord Mask, string File, PixelExtent Frame)> cutouts, ResultStamp stamp) =>
        StampedJson.Save(path, stamp, json =>
        {
            json.WriteStartArray("cutouts");
            foreach (var (number, mask, file, frame) in cutouts)
            {
                json.WriteStartObject();
                json.WriteNumber("mask", number);
                json.WriteString("file", file);
                json.WriteString("class", MaskClass.Of(mask));
                json.WriteNumber("x", frame.Left);
                json.WriteNumber("y", frame.Top);
                json.WriteNumber("width", frame.Right - frame.Left);
                json.WriteNumber("height", frame.Bottom - frame.Top);
                MaskJsonWriter.WriteScores(json, mask);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    /// <summary>Reads the numbers of the masks in a list.</summary>
    /// <exception cref="InvalidDataException">It is not of this form.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<int> ReadNumbers(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(BoundedInput.ReadFile(path, MasksJsonReader.MaximumBytes));
            return [.. json.RootElement.GetProperty("cutouts").EnumerateArray().Select(cutout => cutout.GetProperty("mask").GetInt32())];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"{path}: expected a list of cut-outs, found something else.", e);
        }
    }
}
