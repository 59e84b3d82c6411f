using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>Labels of YOLO's segmentation data sets: a text file per image with a line per mask, the number of its class and the corners of
/// one outline, each divided by the sides of the image.</summary>
/// <remarks>Such a file has no room for a stamp: every line is read as a label. So a record lies beside it, which says what the file was
/// made from and has the hash of its content. Source of the form: Ultralytics, "Instance Segmentation Datasets Overview".</remarks>
internal static class YoloLabels
{
    /// <summary>What follows the name of the image in that of the labels.</summary>
    public const string Ending = ".txt";

    /// <summary>What follows the name of the image in that of the record.</summary>
    public const string RecordEnding = ".yolo.json";

    private const int BlankBytes = 1 << 12;

    // Eight decimals: a ten-thousandth of a pixel in the largest images.
    private const string CoordinateFormat = "0.########";

    /// <summary>The record beside labels.</summary>
    public static ResultKind RecordKind { get; } = new("yolo-record") { Inspect = StampedJson.Form.Inspect };

    /// <summary>The labels of an image.</summary>
    public static ResultKind Kind { get; } = new("yolo") { InspectFile = Inspect };

    /// <summary>The line of a mask.</summary>
    /// <param name="classNumber">From 0.</param>
    /// <param name="polygons">Its outlines, at least one.</param>
    /// <param name="image">Size of the image.</param>
    public static string Line(int classNumber, IReadOnlyList<MaskPolygon> polygons, ImageSize image)
    {
        var line = new StringBuilder(classNumber.ToString(CultureInfo.InvariantCulture));
        foreach (var corner in JoinedOutline.Of(polygons))
        {
            line.Append(' ').Append((corner.X / image.Width).ToString(CoordinateFormat, CultureInfo.InvariantCulture));
            line.Append(' ').Append((corner.Y / image.Height).ToString(CoordinateFormat, CultureInfo.InvariantCulture));
        }

        return line.Append('\n').ToString();
    }

    /// <summary>Writes labels and their record.</summary>
    /// <param name="path">The labels.</param>
    /// <param name="recordPath">The record.</param>
    /// <param name="text">What is in the labels.</param>
    /// <param name="classes">Names of the classes by number, those of other images included.</param>
    /// <param name="stamp">Stamp of the record.</param>
    /// <param name="hasCopy">Whether the image in the folder of images is a copy that was made for this.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Save(
        string path, string recordPath, string text, IReadOnlyList<string> classes, ResultStamp stamp, bool hasCopy = false)
    {
        // Older labels beside a newer record would count as changed by somebody.
        File.Delete(path);
        var content = Encoding.UTF8.GetBytes(text);
        StampedJson.Save(recordPath, stamp, json =>
        {
            json.WriteString("labels", Digest(content));
            json.WriteBoolean("image_copied", hasCopy);
            json.WriteStartArray("names");
            foreach (var name in classes)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        });
        AtomicFile.Write(path, stream => stream.Write(content));
    }

    /// <summary>Reads the record of labels that are as they were written.</summary>
    /// <returns>Null where one of the files is not there, not whole or changed.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="InvalidDataException">The record is not of this form.</exception>
    public static (ResultStamp Stamp, IReadOnlyList<string> Classes)? ReadWhole(string path, string recordPath)
    {
        if (!File.Exists(path) || !File.Exists(recordPath) || StampedJson.Form.ReadWhole(recordPath) is not { } stamp)
        {
            return null;
        }

        var (digest, classes, _) = ReadRecord(recordPath);
        return digest == DigestOf(path) ? (stamp, classes) : null;
    }

    /// <summary>Reads the stamp of a record, and whether the image in the folder of images is a copy.</summary>
    /// <returns>Null for any other file.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static (ResultStamp Stamp, bool HasCopy)? ReadStamp(string recordPath)
    {
        try
        {
            return StampedJson.Form.ReadWhole(recordPath) is { } stamp && stamp.Kind == RecordKind
                ? (stamp, ReadRecord(recordPath).HasCopy)
                : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static (string? Digest, IReadOnlyList<string> Classes, bool HasCopy) ReadRecord(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(BoundedInput.ReadFile(path, MasksJsonReader.MaximumBytes));
            var root = json.RootElement;
            var names = root.GetProperty("names").EnumerateArray().Select(name => name.GetString()!);
            var hasCopy = root.TryGetProperty("image_copied", out var copied) && copied.ValueKind == JsonValueKind.True;
            return (root.GetProperty("labels").GetString(), [.. names], hasCopy);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path}: expected the record of labels, found something else.", e);
        }
    }

    private static ResultFileState Inspect(string path, bool isThorough)
    {
        if (IsBlank(path))
        {
            return ResultFileState.Blank;
        }

        var record = path[..^Math.Min(path.Length, Ending.Length)] + RecordEnding;
        if (!File.Exists(record))
        {
            return ResultFileState.Foreign;
        }

        using var stream = new FileStream(record, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (StampedJson.Form.Inspect(stream, isThorough).Stamp is not { } stamp || stamp.Kind != RecordKind)
        {
            return ResultFileState.Foreign;
        }

        try
        {
            // Whatever was asked for: labels are short, and who has edited them wants to know before hours of computing.
            return ReadRecord(record).Digest != DigestOf(path)
                ? ResultFileState.Foreign
                : ResultFileState.Ours(stamp with { Kind = Kind });
        }
        catch (InvalidDataException)
        {
            return ResultFileState.Foreign;
        }
    }

    // Zeros, as after a power cut. A file without anything is a label too: of an image of background.
    private static bool IsBlank(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var head = new byte[BlankBytes];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return length > 0 && !head.AsSpan(0, length).ContainsAnyExcept((byte)0);
    }

    private static string DigestOf(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var hash = new XxHash128();
        hash.Append(stream);
        return HashedEnd.Digest(hash);
    }

    private static string Digest(byte[] content)
    {
        var hash = new XxHash128();
        hash.Append(content);
        return HashedEnd.Digest(hash);
    }
}
