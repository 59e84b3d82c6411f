using System.Buffers;
using System.Globalization;
using System.Text;

namespace MaskGen.ML.Cli.Display;

/// <summary>Makes text that comes from file names and files harmless on a terminal: what would move the cursor, change colours or reorder
/// characters is written as its code, <c>\x1b</c> say.</summary>
internal static class TerminalText
{
    /// <summary>Text for one line.</summary>
    public static string Escape(string text) => Escape(text, keepsLineEnds: false);

    /// <summary>Text of several lines.</summary>
    public static string EscapeLines(ReadOnlySpan<char> text) => Escape(text, keepsLineEnds: true);

    private static string Escape(ReadOnlySpan<char> text, bool keepsLineEnds)
    {
        var escaped = new StringBuilder(text.Length);
        for (var rest = text; rest.Length > 0;)
        {
            if (keepsLineEnds && rest.StartsWith(Environment.NewLine, StringComparison.Ordinal))
            {
                escaped.Append(Environment.NewLine);
                rest = rest[Environment.NewLine.Length..];
                continue;
            }

            var isWhole = Rune.DecodeFromUtf16(rest, out var rune, out var length) == OperationStatus.Done;
            foreach (var unit in rest[..length])
            {
                _ = isWhole && !IsHarmful(rune) ? escaped.Append(unit) : escaped.Append(Code(unit));
            }

            rest = rest[length..];
        }

        return escaped.ToString();
    }

    private static string Code(char unit) => unit <= byte.MaxValue ? $@"\x{(int)unit:x2}" : $@"\u{(int)unit:x4}";

    // Controls, bidirectional overrides and other invisible marks; joiners stay, without which some scripts cannot be read.
    private static bool IsHarmful(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is not (0x200C or 0x200D),
        _ => false,
    };
}
