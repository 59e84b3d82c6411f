using System.Text;

namespace MaskGen.ML.Checkpoints;

/// <summary>Recognises files that are no weights but turn up where weights are expected.</summary>
internal static class FileForm
{
    /// <summary>How many of its first bytes tell what a file is.</summary>
    public const int StartLength = 512;

    private const string ProbablyAnError = "the download was probably answered by an error message; download the file again.";

    private static readonly string[] PageStarts = ["<!doctype html", "<html"];

    // Bytes that files of a kind begin with.
    private static readonly (byte[] Start, string Name)[] Signatures =
    [
        ([0x89, .. "HDF\r\n\x1a\n"u8], "an HDF5 file, as TensorFlow and Keras write; save the weights with torch.save or as safetensors."),
        ([0x1f, 0x8b], "a gzip archive; unpack it first."),
        ([.. "BZh"u8], "a bzip2 archive; unpack it first."),
        ([0xfd, .. "7zXZ\0"u8], "an xz archive; unpack it first."),
        ([0x28, 0xb5, 0x2f, 0xfd], "a zstd archive; unpack it first."),
        ([.. "7z"u8, 0xbc, 0xaf], "a 7z archive; unpack it first."),
        ([.. "Rar!"u8], "a RAR archive; unpack it first."),
        ([.. "PK\x05\x06"u8], "an empty zip archive."),
        ([.. "GGUF"u8], "a GGUF file."),
        ([0x93, .. "NUMPY"u8], "a NumPy array (.npy)."),
        ([0x89, .. "PNG"u8], "a PNG image."),
        ([0xff, 0xd8, 0xff], "a JPEG image."),
        ([.. "%PDF"u8], "a PDF document."),
        ([0x7f, .. "ELF"u8], "a program."),
        ([.. "MZ"u8], "a program."),
        ([.. "#!"u8], "a script."),
    ];

    /// <summary>What a file is, with a way out where there is one, as the rest of a sentence; null where nothing is recognised.</summary>
    /// <param name="start">The first bytes of the file, or all of them.</param>
    public static string? NameOf(ReadOnlySpan<byte> start)
    {
        foreach (var (signature, name) in Signatures)
        {
            if (start.StartsWith(signature))
            {
                return name;
            }
        }

        if (start.Length > 262 && start[257..].StartsWith("ustar"u8))
        {
            return "a tar archive; unpack it first.";
        }

        if (start.Length > 8 && start[4..].StartsWith("TFL3"u8))
        {
            return "a TensorFlow Lite model; save the weights with torch.save or as safetensors.";
        }

        return NameOfText(start) ?? NameOfOnnx(start) ?? NameOfPickle(start);
    }

    /// <summary>What a text is that a server or a version control system put in the place of a file; null for any other.</summary>
    /// <param name="start">The first bytes of the file, or all of them.</param>
    public static string? NameOfSubstitute(ReadOnlySpan<byte> start)
    {
        var text = TextOf(start);
        return text switch
        {
            _ when text.StartsWith("version https://git-lfs", StringComparison.Ordinal) =>
                $"a Git LFS pointer{SizeInPointer(text)} instead of the file; run 'git lfs pull' where it was cloned, or download it.",
            _ when PageStarts.Any(start => text.StartsWith(start, StringComparison.OrdinalIgnoreCase)) =>
                "an HTML page: the download was answered by a web page, such as a login or an error; download the file again.",
            _ when text.StartsWith('<') =>
                $"markup, '{CheckpointText.Shorten(text)}': {ProbablyAnError}",
            _ => null,
        };
    }

    private static string? NameOfText(ReadOnlySpan<byte> start)
    {
        var text = TextOf(start);
        return NameOfSubstitute(start) ?? text switch
        {
            _ when text.StartsWith('{') || text.StartsWith('[') =>
                $"JSON, '{CheckpointText.Shorten(text)}': {ProbablyAnError}",
            _ when text.Length > 0 && text.All(c => c < 0x7f && (c >= ' ' || char.IsWhiteSpace(c))) =>
                $"plain text, '{CheckpointText.Shorten(text)}'.",
            _ => null,
        };
    }

    private static string TextOf(ReadOnlySpan<byte> start)
    {
        var isMarked = start.StartsWith(Encoding.UTF8.Preamble);
        return Encoding.UTF8.GetString(start[(isMarked ? 3 : 0)..Math.Min(start.Length, StartLength)]).TrimStart();
    }

    private static string SizeInPointer(string text)
    {
        var size = text.Split('\n').FirstOrDefault(line => line.StartsWith("size ", StringComparison.Ordinal));
        return size is null ? string.Empty : $" (to {CheckpointText.Shorten(size["size ".Length..].Trim())} bytes)";
    }

    // A protobuf message whose first field, the version of the format, is a small number, followed by one of the next fields.
    private static string? NameOfOnnx(ReadOnlySpan<byte> start) =>
        start is [0x08, >= 1 and < 64, 0x12 or 0x1a or 0x22 or 0x28 or 0x32 or 0x3a or 0x42, ..]
            ? "an ONNX model; load the checkpoint that it was exported from."
            : null;

    private static string? NameOfPickle(ReadOnlySpan<byte> start) => start is [0x80, >= 2 and <= 5, ..] && !TorchLegacyFile.IsLegacy(start)
        ? "a Python pickle that torch.save did not write; save the weights with torch.save or as safetensors."
        : null;
}
