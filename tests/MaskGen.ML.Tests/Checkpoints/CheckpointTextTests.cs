using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class CheckpointTextTests
{
    [Theory]
    [InlineData("plain ä€😀", "plain ä€😀")]
    [InlineData("\u001b[31mred\u0007", "?[31mred?")]
    [InlineData("line\nbreak\r\t", "line?break??")]
    [InlineData("\u009b31m", "?31m")]
    [InlineData("abc\u202egnp.exe", "abc?gnp.exe")]
    [InlineData("a\u2028b\u2029c\u200bd\ufeff", "a?b?c?d?")]
    [InlineData("", "")]
    public void Clean_WhatATerminalCouldObey_IsReplaced(string text, string expected) => Assert.Equal(expected, CheckpointText.Clean(text));

    [Fact]
    public void Clean_HalfACharacter_IsReplaced() => Assert.Equal("?x?", CheckpointText.Clean("\ud800x\udc00"));
}
