using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Prompts;

/// <summary>A file of boxes or points.</summary>
/// <param name="Path">The file.</param>
/// <param name="NamesImages">Whether its rows say which image they are for.</param>
/// <param name="Rows">The rows, in the order of the file.</param>
/// <param name="Remarks">What should be said of it.</param>
internal sealed record PromptFile(string Path, bool NamesImages, IReadOnlyList<PromptRow> Rows, IReadOnlyList<string> Remarks)
{
    private const int MaximumBytes = 1 << 30;

    /// <summary>Reads boxes: CSV with a header, JSON, or COCO's detections or data sets.</summary>
    /// <param name="path">The file, of at most 2^30 bytes.</param>
    /// <exception cref="InvalidDataException">It is none of these; the message names file, row, column, what was expected and what was
    /// found.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static PromptFile ReadBoxes(string path)
    {
        var bytes = BoundedInput.ReadFile(path, MaximumBytes);
        return IsJson(bytes.Span) ? CocoPrompts.TryRead(path, bytes) ?? JsonPrompts.Read(path, bytes, PromptKind.Box)
            : CsvPrompts.Read(path, bytes, PromptKind.Box);
    }

    /// <summary>Reads points: CSV with a header, or JSON.</summary>
    /// <inheritdoc cref="ReadBoxes"/>
    public static PromptFile ReadPoints(string path)
    {
        var bytes = BoundedInput.ReadFile(path, MaximumBytes);
        return IsJson(bytes.Span) ? JsonPrompts.Read(path, bytes, PromptKind.Point) : CsvPrompts.Read(path, bytes, PromptKind.Point);
    }

    // By its first character, whatever it is called.
    private static bool IsJson(ReadOnlySpan<byte> bytes)
    {
        var start = bytes.StartsWith("\uFEFF"u8) ? bytes["\uFEFF"u8.Length..] : bytes;
        return start.TrimStart(" \t\r\n"u8) is [(byte)'[' or (byte)'{', ..];
    }
}
