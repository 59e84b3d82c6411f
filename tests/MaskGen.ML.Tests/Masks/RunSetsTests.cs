using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Masks;

public class RunSetsTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    [InlineData(4, 7)]
    [InlineData(5, 40)]
    public void Shrink_RandomMask_HasThePixelInTheMiddleOfEachSquare(int seed, int factor)
    {
        var size = new ImageSize(23 + seed, 19 + (2 * seed));
        var pixels = Random(size, seed);

        var small = RunSets.Shrink(RunLengthEncoding.FromMask(size, pixels), factor);

        Assert.Equal(new ImageSize((size.Width + factor - 1) / factor, (size.Height + factor - 1) / factor), small.Size);
        for (var x = 0; x < small.Size.Width; x++)
        {
            for (var y = 0; y < small.Size.Height; y++)
            {
                var (column, row) = ((x * factor) + (factor / 2), (y * factor) + (factor / 2));
                (column, row) = (Math.Min(column, size.Width - 1), Math.Min(row, size.Height - 1));
                Assert.Equal(pixels[(row * size.Width) + column], small.Contains(x, y));
            }
        }
    }

    [Fact]
    public void Clip_RandomMask_HasItsPixelsOfTheArea()
    {
        var size = new ImageSize(30, 20);
        var pixels = Random(size, 9);
        var area = new PixelArea(7, 3, new ImageSize(11, 9));

        var clipped = RunSets.Clip(RunLengthEncoding.FromMask(size, pixels), area);

        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i % size.Width, i / size.Width);
            var isIn = x >= 7 && x < 18 && y >= 3 && y < 12;
            Assert.Equal(isIn && pixels[i], clipped.Contains(x, y));
        }
    }

    private static bool[] Random(ImageSize size, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)size.PixelCount).Select(_ => random.Next(3) > 0)];
    }
}
