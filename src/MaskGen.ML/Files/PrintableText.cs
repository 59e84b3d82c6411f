using System.Globalization;
using System.Text;

namespace MaskGen.ML.Files;

/// <summary>Text that others have chosen (names of files, of models, messages with such names in them), made fit for a terminal or a
/// page.</summary>
internal static class PrintableText
{
    /// <summary>The text with everything spelt out that a terminal would obey instead of showing it, or that would show other characters
    /// in another order: control characters, line and paragraph separators, marks of writing direction and other invisible ones,
    /// halves of surrogate pairs.</summary>
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
            var units = Rune.TryGetRuneAt(text, at, out var rune) ? rune.Utf16SequenceLength : 1;
            foreach (var unit in text.AsSpan(at, units))
            {
                escaped.Append(unit <= 0xFF ? $@"\x{(int)unit:x2}" : $@"\u{(int)unit:x4}");
            }

            copied = at + units;
        }

        return escaped.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>As <see cref="Escape"/>, for text of several lines: their ends stay.</summary>
    public static string EscapeLines(string text) => string.Join(Environment.NewLine, text.Split(Environment.NewLine).Select(Escape));

    private static int FirstUnprintable(string text, int start)
    {
        for (var i = start; i < text.Length; i++)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune) || !IsPrintable(rune))
            {
                return i;
            }

            i += rune.Utf16SequenceLength - 1;
        }

        return -1;
    }

    // Among the invisible marks joiners stay, without which some scripts and emoji cannot be read.
    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
        _ => true,
    };
}
