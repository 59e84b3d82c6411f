using System.Globalization;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using MaskGen.ML.Files;

namespace MaskGen.ML.Tests.Files;

public partial class PrintableTextTests
{
    [Theory]
    [InlineData("photo 1.png", "photo 1.png")]
    [InlineData("Größe 写真 😀 e\u0301.png", "Größe 写真 😀 e\u0301.png")]
    [InlineData("a\u200db.png", "a\u200db.png")]
    [InlineData("a\u001b[2Jb.png", @"a\x1b[2Jb.png")]
    [InlineData("\u009b31m", @"\x9b31m")]
    [InlineData("a\r\nb\tc\u007f", @"a\x0d\x0ab\x09c\x7f")]
    [InlineData("a\u202egnp.exe", @"a\u202egnp.exe")]
    [InlineData("a\u2066b\u2069\u200f", @"a\u2066b\u2069\u200f")]
    [InlineData("a\u2028b\u2029c", @"a\u2028b\u2029c")]
    [InlineData("a\u200Fb\uFEFFc\u00AD", @"a\u200fb\ufeffc\xad")]
    [InlineData("a\U000E0041b", @"a\udb40\udc41b")]
    [InlineData("صورة.png", "صورة.png")]
    [InlineData("👩‍🚀.png", "👩‍🚀.png")]
    [InlineData("", "")]
    public void Escape_Text_SpellsOutWhatATerminalWouldObey(string text, string expected) =>
        Assert.Equal(expected, PrintableText.Escape(text));

    // Attributes cannot hold these.
    [Fact]
    public void Escape_HalfOfASurrogatePair_IsSpeltOut()
    {
        Assert.Equal(@"a\ud83d", PrintableText.Escape("a\ud83d"));
        Assert.Equal(@"\ude00a", PrintableText.Escape("\ude00a"));
        Assert.Equal(@"\ude00\ud83d", PrintableText.Escape("\ude00\ud83d"));
    }

    [Property]
    public void Escape_AnyText_HasNoControlCharactersAndEscapesOnce(string? text)
    {
        var escaped = PrintableText.Escape(text ?? string.Empty);

        Assert.DoesNotContain(escaped, char.IsControl);
        Assert.DoesNotContain(
            escaped, unit => char.GetUnicodeCategory(unit) is UnicodeCategory.Format && unit is not ('\u200C' or '\u200D'));
        Assert.Equal(text ?? string.Empty, CodePoint().Replace(escaped, Unit));
        Assert.Same(escaped, PrintableText.Escape(escaped));
    }

    [Fact]
    public void EscapeLines_SeveralLines_StaySo()
    {
        var end = Environment.NewLine;

        Assert.Equal($"1{end}2\\x1b{end}", PrintableText.EscapeLines($"1{end}2\u001b{end}"));
    }

    private static string Unit(Match codePoint) => ((char)Convert.ToInt32(codePoint.Value[2..], 16)).ToString();

    [GeneratedRegex(@"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")]
    private static partial Regex CodePoint();
}
