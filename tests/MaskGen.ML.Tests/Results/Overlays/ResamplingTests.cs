using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class ResamplingTests
{
    [Fact]
    public void Segments_OfAnySize_AreTheMaskAtTheMiddleOfEachNewPixel()
    {
        var random = new Random(3);
        for (var run = 0; run < 200; run++)
        {
            var mask = TestMask.Random(random, random.Next(1, 30), random.Next(1, 30));
            var size = new ImageSize(random.Next(1, 60), random.Next(1, 60));

            var found = new bool[size.Width, size.Height];
            foreach (var segment in Resampling.Segments(mask, size))
            {
                for (var y = segment.Start; y < segment.End; y++)
                {
                    Assert.False(found[segment.Column, y]);
                    found[segment.Column, y] = true;
                }
            }

            var pixels = TestMask.Unpack(mask);
            for (var x = 0; x < size.Width; x++)
            {
                for (var y = 0; y < size.Height; y++)
                {
                    Assert.Equal(pixels[Middle(x, size.Width, mask.Size.Width), Middle(y, size.Height, mask.Size.Height)], found[x, y]);
                }
            }
        }

        static int Middle(int place, int length, int oldLength) => (int)Math.Floor((place + 0.5m) * oldLength / length);
    }

    [Fact]
    public void Of_ShrunkImage_HasTheMeansOfItsPixels()
    {
        var image = RgbImage.FromPixels(new ImageSize(4, 2), [.. Enumerable.Range(0, 24).Select(i => (byte)(10 * i))]);

        var half = Resampling.Of(image, new ImageSize(2, 1));

        Assert.Equal([75, 85, 95, 135, 145, 155], half.Pixels.ToArray());
        Assert.Same(image, Resampling.Of(image, image.Size));
    }

    [Fact]
    public void Of_GrownImage_RepeatsItsPixels()
    {
        var image = RgbImage.FromPixels(new ImageSize(2, 1), [1, 2, 3, 4, 5, 6]);

        Assert.Equal([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6], Resampling.Of(image, new ImageSize(4, 1)).Pixels.ToArray());
    }

    [Fact]
    public void Of_Masks_TakesTheirPromptsAlong()
    {
        var mask = TestMask.Record(TestMask.Draw("####", "####")) with { Points = [new(2, 1)], Box = new BoxXyxy(1, 0, 4, 2) };

        var half = Resampling.Of(new MaskSet(mask.Segmentation.Size, [mask]), new ImageSize(2, 1))[0];

        Assert.Equal(new ImageSize(2, 1), half.Segmentation.Size);
        Assert.Equal(2, half.Area);
        Assert.Equal([new PointPrompt(1, 0.5f)], half.Points);
        Assert.Equal(new BoxXyxy(0.5f, 0, 2, 1), half.Box);
    }

    [Theory]
    [InlineData(960, 640, 480, 480, 320)]
    [InlineData(1, 5000, 100, 1, 100)]
    [InlineData(3, 2, 300, 300, 200)]
    public void WithLongestSide_OfAnySize_KeepsTheShapeAndOnePixel(int width, int height, int longest, int newWidth, int newHeight) =>
        Assert.Equal(new ImageSize(newWidth, newHeight), Resampling.WithLongestSide(new ImageSize(width, height), longest));
}
