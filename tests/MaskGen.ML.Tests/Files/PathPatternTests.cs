using MaskGen.ML.Files;

namespace MaskGen.ML.Tests.Files;

public class PathPatternTests
{
    [Theory]
    [InlineData("photos/*.jpg", "photos", "a.jpg b.JPG", "a.png 2024/a.jpg")]
    [InlineData("photos/**/*.jpg", "photos", "a.jpg 2024/a.jpg 2024/may/a.jpg", "2024/a.png")]
    [InlineData("photos/**", "photos", "a.jpg 2024/may/a.png", "")]
    [InlineData("photos/202?/*/a.*", "photos", "2024/may/a.jpg", "2024/a.jpg 2024/may/b.jpg 1999/may/a.jpg 2024/may/more/a.jpg")]
    [InlineData("a/b/*/c.png", "a/b", "x/c.png", "c.png x/y/c.png")]
    [InlineData("*.png", "", "a.png", "b/a.png")]
    public void ParseKey_AKeyWithWildcards_IsWhatKeysBeginWithAndAPatternOfTheRest(
        string typed, string expectedPrefix, string fitting, string others)
    {
        var (prefix, pattern) = PathPattern.ParseKey(typed, isRecursive: false);

        Assert.Equal(expectedPrefix, prefix);
        Assert.All(Words(fitting), path => Assert.True(pattern.FitsPath(path), path));
        Assert.All(Words(others), path => Assert.False(pattern.FitsPath(path), path));
    }

    [Fact]
    public void ParseKey_Recursive_TakesWhatIsBelowWhatFits()
    {
        var (prefix, pattern) = PathPattern.ParseKey("photos/202?", isRecursive: true);

        Assert.Equal("photos", prefix);
        Assert.True(pattern.FitsPath("2024/may/a.jpg"));
        Assert.False(pattern.FitsPath("1999/may/a.jpg"));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
