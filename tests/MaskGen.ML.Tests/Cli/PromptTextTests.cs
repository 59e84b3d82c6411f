using System.Globalization;
using FsCheck.Xunit;
using MaskGen.ML.Cli.Options;

namespace MaskGen.ML.Tests.Cli;

public class PromptTextTests
{
    private static readonly ImageSize Image = new(320, 211);

    [Property]
    public void Point_Written_IsReadBack(float x, float y)
    {
        var (point, problem) = PromptText.Point(string.Create(CultureInfo.InvariantCulture, $"{x:R},{y:R},0"));

        if (float.IsFinite(x) && float.IsFinite(y))
        {
            Assert.Equal((new PointPrompt(x, y, PointLabel.Background), null), (point, problem));
        }
        else
        {
            Assert.NotNull(problem);
        }
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1,2,3,4")]
    [InlineData("1;2")]
    [InlineData("1,2,7")]
    [InlineData("1,2,0.5")]
    [InlineData("NaN,2")]
    [InlineData("1,Infinity")]
    [InlineData("1,1e39")]
    [InlineData("1,")]
    [InlineData("")]
    [InlineData("0x1,2")]
    public void Point_AnythingElse_IsRefusedWithWhatWasTyped(string text) =>
        Assert.Contains($"'{text}'", PromptText.Point(text).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("1,2,3")]
    [InlineData("1,2,3,x")]
    [InlineData("1,2,3,4,5")]
    public void Box_AnythingElse_IsRefusedWithWhatWasTyped(string text) =>
        Assert.Equal(
            $"expected X0,Y0,X1,Y1 in pixels, with a point for decimals, such as 425,600,700.5,875, found '{text}'.",
            PromptText.Box(text).Problem);

    [Theory]
    [InlineData("700,875,425,600", "425,600,700,875")]
    [InlineData("425,875,700,600", "425,600,700,875")]
    [InlineData("9.5,1,1,2", "1,1,9.5,2")]
    public void Box_SwappedCorners_AreNamedAsSuch(string text, string ordered)
    {
        Assert.Contains("swapped", PromptText.Box(text).Problem, StringComparison.Ordinal);
        Assert.EndsWith($"the box is {ordered}.", PromptText.Box(text).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5,5,5,9")]
    [InlineData("5,5,9,5")]
    [InlineData("5,5,5,5")]
    public void Box_WithoutArea_IsRefused(string text) =>
        Assert.Contains("with an area", PromptText.Box(text).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(320, 211, true)]
    [InlineData(320.01f, 5, false)]
    [InlineData(5, 211.01f, false)]
    [InlineData(-0.01f, 5, false)]
    [InlineData(5, -0.01f, false)]
    public void Problem_Point_IsWhetherItLiesOnTheImage(float x, float y, bool isOn)
    {
        var problem = PromptText.Problem(new PointPrompt(x, y), Image);

        Assert.Equal(isOn, problem is null);
        Assert.Equal(isOn ? null : string.Create(CultureInfo.InvariantCulture, $"{x},{y}: outside the image (320 x 211)"), problem);
    }

    [Property(MaxTest = 1000)]
    public void Problem_Box_IsWhetherItHasAPixelOfTheImage(short left, short top, byte width, byte height)
    {
        var (x, y) = (left % 600, top % 600);
        var box = new BoxXyxy(x, y, x + width + 1, y + height + 1);

        var meets = Enumerable.Range(x, width + 1).Any(column => column is >= 0 and < 320)
            && Enumerable.Range(y, height + 1).Any(row => row is >= 0 and < 211);

        Assert.Equal(meets, PromptText.Problem(box, Image) is null);
    }
}
