using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public class StrokeTextTests
{
    [Theory]
    [InlineData("0123456789")]
    [InlineData("predicted IoU 0.912")]
    [InlineData("predicted IoU n/a")]
    [InlineData("best of each prompt")]
    [InlineData("second of each prompt")]
    [InlineData("third of each prompt")]
    public void Draw_EveryLetterOfTheCaptions_IsThereAndWithinItsWidth(string text)
    {
        foreach (var letter in text.Where(letter => letter != ' ').Distinct())
        {
            Assert.InRange(Ink($"{letter}", out _, out _), 3, 400);
        }

        Ink(text, out var left, out var right);
        var width = StrokeText.Measure(text, 20);
        Assert.InRange(left, 8, 14);
        Assert.InRange(right, 10 + width - 4, 10 + width + 3);
    }

    [Fact]
    public void Draw_Digits_AreAllDifferent()
    {
        var drawings = Enumerable.Range(0, 10).Select(digit =>
        {
            using var bitmap = Draw($"{digit}");
            return Convert.ToHexString(RgbaBitmap.Bytes(bitmap));
        });

        Assert.Equal(10, drawings.Distinct().Count());
    }

    // Counts bright pixels, and finds the columns that they reach.
    private static int Ink(string text, out int left, out int right)
    {
        using var bitmap = Draw(text);
        var columns = (from y in Enumerable.Range(0, bitmap.Height)
                       from x in Enumerable.Range(0, bitmap.Width)
                       where bitmap.GetPixel(x, y).Red > 128
                       select x).ToList();
        (left, right) = (columns.Min(), columns.Max() + 1);
        return columns.Count;
    }

    private static SKBitmap Draw(string text)
    {
        var bitmap = RgbaBitmap.Create(new ImageSize((int)StrokeText.Measure(text, 20) + 20, 40), SKAlphaType.Opaque);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.Black);
        StrokeText.Draw(canvas, text, 10, 8, 20, SKColors.White);
        return bitmap;
    }
}
