using MaskGen.ML.Imaging;

namespace MaskGen.ML.Tests.Imaging;

public class Sam2PreprocessingLimitTests
{
    [Theory]
    [InlineData(900_000, 1, 16)]
    [InlineData(1, 900_000, 16)]
    [InlineData(600_000, 2, 8)]
    public void Preprocess_VeryLongImage_AgreesWithTheMeanAndTakesLittleMemory(int width, int height, int inputSize)
    {
        // Many more samples than have their weights kept. A ramp along the long side: each target pixel is the middle of its stretch.
        var pixels = new byte[3 * width * height];
        for (var i = 0; i < width * height; i++)
        {
            var along = width > height ? i % width : i / width;
            pixels.AsSpan(3 * i, 3).Fill((byte)((long)along * 256 / Math.Max(width, height)));
        }

        var image = RgbImage.FromPixels(new ImageSize(width, height), pixels);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var values = Sam2Preprocessing.Preprocess(image, inputSize, TestContext.Current.CancellationToken);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 6 << 20);
        for (var i = 1; i < inputSize - 1; i++)
        {
            var value = values[width > height ? i : i * inputSize];
            var grey = ((value * 0.229f) + 0.485f) * 255;
            Assert.InRange(grey, ((i + 0.5f) * 256 / inputSize) - 1, ((i + 0.5f) * 256 / inputSize) + 1);
        }
    }

    [Theory]
    [InlineData(3_000_000, 1)]
    [InlineData(1, 3_000_000)]
    [InlineData(1500, 1500)]
    public void Preprocess_Cancelled_EndsEarly(int width, int height)
    {
        var image = RgbImage.FromPixels(new ImageSize(width, height), new byte[3 * width * height]);
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => Sam2Preprocessing.Preprocess(image, 64, source.Token));
    }

    [Fact]
    public void Row_CancelledInTheMiddleOfALongRow_EndsThere()
    {
        // The token is looked at within a source row, not only between two.
        var image = RgbImage.FromPixels(new ImageSize(8_000_000, 1), new byte[24_000_000]);
        var resize = new BilinearResize(image, new ImageSize(16, 16), new CancellationToken(canceled: true));

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            resize.Row(0);
        });
    }
}
