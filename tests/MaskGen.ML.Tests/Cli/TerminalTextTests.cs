using System.Globalization;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using MaskGen.ML.Cli.Display;

namespace MaskGen.ML.Tests.Cli;

public partial class TerminalTextTests
{
    [Theory]
    [InlineData("photos/Straße 7.jpg")]
    [InlineData("日本語/写真.png")]
    [InlineData("صورة.png")]
    [InlineData("👩‍🚀.png")]
    [InlineData(@"C:\photos\a.png")]
    public void Escape_NameThatHarmsNobody_IsAsItWas(string name) => Assert.Equal(name, TerminalText.Escape(name));

    [Theory]
    [InlineData("a\e[31m.png", @"a\x1b[31m.png")]
    [InlineData("a\e]0;title\a.png", @"a\x1b]0;title\x07.png")]
    [InlineData("a\rb\nc\td", @"a\x0db\x0ac\x09d")]
    [InlineData("a\u009Bx", @"a\x9bx")]
    [InlineData("gpj.\u202Eexe", @"gpj.\u202eexe")]
    [InlineData("\u2066a\u2069", @"\u2066a\u2069")]
    [InlineData("a\u200Fb\uFEFFc", @"a\u200fb\ufeffc")]
    [InlineData("a\u2028b", @"a\u2028b")]
    public void Escape_WhatControlsATerminal_IsWrittenOut(string name, string expected) =>
        Assert.Equal(expected, TerminalText.Escape(name));

    [Property(MaxTest = 1000)]
    public void Escape_AnyText_HasNoControlsAndLosesNothing(string? text)
    {
        var escaped = TerminalText.Escape(text ?? string.Empty);

        Assert.DoesNotContain(escaped, char.IsControl);
        Assert.DoesNotContain(
            escaped, unit => char.GetUnicodeCategory(unit) is UnicodeCategory.Format && unit is not ('\u200C' or '\u200D'));
        Assert.Equal(text ?? string.Empty, CodePoint().Replace(escaped, Unit));
    }

    [Fact]
    public void Escape_HalfOfAPair_IsWrittenOut() => Assert.Equal(@"a\ud800b", TerminalText.Escape("a\uD800b"));

    [Fact]
    public void EscapeLines_SeveralLines_StaySo()
    {
        var end = Environment.NewLine;

        Assert.Equal($"1{end}2\\x1b{end}", TerminalText.EscapeLines($"1{end}2\e{end}"));
    }

    private static string Unit(Match codePoint) => ((char)Convert.ToInt32(codePoint.Value[2..], 16)).ToString();

    [GeneratedRegex(@"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")]
    private static partial Regex CodePoint();
}
