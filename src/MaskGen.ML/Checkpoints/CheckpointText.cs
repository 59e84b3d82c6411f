using System.Text;

namespace MaskGen.ML.Checkpoints;

/// <summary>Text out of a file, made fit for a message.</summary>
internal static class CheckpointText
{
    // Longer than any name of a SAM 2 tensor.
    private const int Longest = 120;

    /// <summary>The first characters of UTF-8 bytes that nobody vouches for, without control characters.</summary>
    public static string Shorten(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, Longest)]);
        return Clean(text) + (utf8.Length > Longest ? "..." : string.Empty);
    }

    /// <summary>The first characters of a text that nobody vouches for, without control characters.</summary>
    public static string Shorten(string text) =>
        Clean(text[..Math.Min(text.Length, Longest)]) + (text.Length > Longest ? "..." : string.Empty);

    /// <summary>A shape as people write it, such as [1, 96, 7, 7].</summary>
    public static string Shape(IEnumerable<int> dimensions) => $"[{string.Join(", ", dimensions)}]";

    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
