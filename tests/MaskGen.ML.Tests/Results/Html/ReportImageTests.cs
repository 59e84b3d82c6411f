using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class ReportImageTests
{
    [Theory]
    [InlineData(65_500, 1)]
    [InlineData(65_501, 1)]
    [InlineData(1, 70_000)]
    public void Full_LongImage_IsAnImage(int width, int height)
    {
        var random = new Random(1);
        var pixels = new byte[3 * width * height];
        random.NextBytes(pixels);
        var image = RgbImage.FromPixels(new ImageSize(width, height), pixels);

        var address = ReportImage.Full(image);

        Assert.StartsWith(
            Math.Max(width, height) > 65_500 ? "data:image/png;base64," : "data:image/jpeg;base64,", address, StringComparison.Ordinal);
    }
}
