using MaskGen.ML.Cli.Options;

namespace MaskGen.ML.Tests.Cli;

/// <summary>What was meant by a mistyped word.</summary>
public class SpellingTests
{
    private static readonly string[] Commands = ["everything", "prompt", "models"];

    [Theory]
    [InlineData("everythin", "everything")]
    [InlineData("evreything", "everything")]
    [InlineData("EVERYTHING", "everything")]
    [InlineData("prompts", "prompt")]
    [InlineData("porpmt", "prompt")]
    [InlineData("model", "models")]
    [InlineData("every", "everything")]
    public void Nearest_SlipOfTheFinger_IsTheWordThatWasMeant(string typed, string meant) =>
        Assert.Equal(meant, Spelling.Nearest(typed, Commands));

    [Theory]
    [InlineData("segment")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("ev")]
    public void Nearest_AnotherWord_IsNone(string typed) => Assert.Null(Spelling.Nearest(typed, Commands));

    [Fact]
    public void Nearest_BeginningOfSeveral_IsNone() => Assert.Null(Spelling.Nearest("--crop", ["--crop-n-layers", "--crop-nms-thresh"]));

    [Fact]
    public void Nearest_NothingKnown_IsNone() => Assert.Null(Spelling.Nearest("prompt", []));
}
