using MaskGen.ML.Cli.Display;

namespace MaskGen.ML.Tests.Cli;

public class CountedTests
{
    [Theory]
    [InlineData(0, "0 masks")]
    [InlineData(1, "1 mask")]
    [InlineData(2, "2 masks")]
    public void Of_Count_HasItsNoun(int count, string expected) => Assert.Equal(expected, Counted.Of(count, "mask"));

    [Theory]
    [InlineData(1, "1 image has")]
    [InlineData(3, "3 images have")]
    public void Of_CountWithOtherWords_HasThoseOfTheNumber(int count, string expected) =>
        Assert.Equal(expected, Counted.Of(count, "image has", "images have"));
}
