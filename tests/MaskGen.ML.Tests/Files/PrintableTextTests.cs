using FsCheck.Xunit;
using MaskGen.ML.Files;

namespace MaskGen.ML.Tests.Files;

public class PrintableTextTests
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
        Assert.Same(escaped, PrintableText.Escape(escaped));
    }
}
