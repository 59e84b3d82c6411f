using System.Globalization;
using System.Text;

namespace MaskGen.ML.Files;

/// <summary>Text that others have chosen (names of files, of models, messages with such names in them), made fit for a terminal or a
/// page.</summary>
internal static class PrintableText
{
    /// <summary>The text with everything spelt out that a terminal would obey instead of showing it, or that would show other characters
    /// in another order: control characters, line and paragraph separators, marks of writing direction, halves of surrogate
    /// pairs.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>Such as <c>a\x1b[2J.png</c>; the same string where there is nothing to spell out.</returns>
    public static string Escape(string text)
    {
        var first = FirstUnprintable(text, 0);
        if (first < 0)
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        var copied = 0;
        for (var at = first; at >= 0; at = FirstUnprintable(text, copied))
        {
            escaped.Append(text, copied, at - copied);
            escaped.Append(text[at] <= 0xFF ? $@"\x{(int)text[at]:x2}" : $@"\u{(int)text[at]:x4}");
            copied = at + 1;
        }

        return escaped.Append(text, copied, text.Length - copied).ToString();
    }

    private static int FirstUnprintable(string text, int start)
    {
        for (var i = start; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
            {
                i++;
            }
            else if (!IsPrintable(text[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsPrintable(char c) => CharUnicodeInfo.GetUnicodeCategory(c) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Surrogate => false,
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,

        // Zero-width joiners belong to scripts and emoji; the marks that reorder what follows do not belong into a line of output.
        UnicodeCategory.Format => c is not (
            '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\ufeff'),
        _ => true,
    };
}
