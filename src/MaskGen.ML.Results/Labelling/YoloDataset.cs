using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>The file that describes a YOLO data set, <c>data.yaml</c>: where its images are, and the names of its classes.</summary>
internal static class YoloDataset
{
    private const string Start = "# maskgen ";

    private static readonly HashedEnd End = new("# maskgen-end ", "\n");

    private static readonly StampedText Form = new(Start, End.Check);

    /// <summary>What it is.</summary>
    public static ResultKind Kind { get; } = new("yolo-dataset") { Inspect = Form.Inspect };

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folders">Folders of the images to train, validate and test with, relative to that of the file, with <c>/</c> between
    /// folders.</param>
    /// <param name="classes">Names of the classes by number.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Save(
        string path, (string Train, string Val, string? Test) folders, IReadOnlyList<string> classes, ResultStamp stamp)
    {
        var text = new StringBuilder($"{Start}{stamp.ToJson()}\n");
        text.Append(folders.Train == folders.Val
            ? "# Folders are relative to this file. val is train: put some images, and their labels, into folders of their own for a fair "
                + "validation.\n"
            : "# Folders are relative to this file.\n");
        text.Append("train: ").Append(Quote(folders.Train)).Append("\nval: ").Append(Quote(folders.Val)).Append('\n');
        text.Append(folders.Test is null ? string.Empty : $"test: {Quote(folders.Test)}\n");

        text.Append("names:\n");
        for (var i = 0; i < classes.Count; i++)
        {
            text.Append(FormattableString.Invariant($"  {i}: {Quote(classes[i])}\n"));
        }

        AtomicFile.Write(path, stream =>
        {
            var hashed = new HashingStream(stream);
            hashed.Write(Encoding.UTF8.GetBytes(text.ToString()));
            stream.Write(Encoding.UTF8.GetBytes(End.Text(hashed.Digest)));
        });
    }

    /// <summary>The names of the classes by number in a file that <see cref="Save"/> wrote; none if there is no such file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> ClassesOf(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        var lines = File.ReadAllLines(path);
        if (lines.Length == 0 || !lines[0].StartsWith(Start, StringComparison.Ordinal))
        {
            return [];
        }

        var names = lines.SkipWhile(line => line != "names:").Skip(1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal));
        return [.. names.Select(line => Unquote(line[(line.IndexOf('"', StringComparison.Ordinal))..]))];
    }

    private static string Unquote(string quoted)
    {
        using var text = JsonDocument.Parse(quoted);
        return text.RootElement.GetString()!;
    }

    // What JSON has between quotes YAML reads likewise.
    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
