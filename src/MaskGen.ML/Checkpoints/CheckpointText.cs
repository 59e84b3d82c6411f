using System.Globalization;
using System.Text;

namespace MaskGen.ML.Checkpoints;

/// <summary>Text from a file, made fit for a message.</summary>
internal static class CheckpointText
{
    // Longer than any name of a SAM 2 tensor.
    private const int Longest = 120;

    /// <summary>The beginning of untrusted UTF-8, without control characters.</summary>
    public static string Shorten(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, Longest)]);
        return Clean(text) + (utf8.Length > Longest ? "..." : string.Empty);
    }

    /// <summary>The beginning of an untrusted text, without control characters.</summary>
    public static string Shorten(string text) =>
        Clean(text[..Math.Min(text.Length, Longest)]) + (text.Length > Longest ? "..." : string.Empty);

    /// <summary>An untrusted text with a question mark for everything that a terminal, a log or a page could take for more than a
    /// character: control and format characters (the ones that turn the direction of writing among them), line separators and lone
    /// surrogates.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // Enumerating gives the replacement character for a lone surrogate.
            var isPlain = rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
                or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            if (isPlain)
            {
                clean.Append(rune);
            }
            else
            {
                clean.Append('?');
            }
        }

        return clean.ToString();
    }

    /// <summary>A shape as people write it, such as [1, 96, 7, 7].</summary>
    public static string Shape(IEnumerable<int> dimensions) => $"[{string.Join(", ", dimensions)}]";
}
