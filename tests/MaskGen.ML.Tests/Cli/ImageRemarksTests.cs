using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Cli;

public sealed class ImageRemarksTests : IDisposable
{
    private static readonly ImageSize Size = new(4, 3);

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4095, 16)]
    [InlineData(16383, 64)]
    public void Of_DeepImageOfASmallRange_SaysWhyItIsBlack(int brightest, int levels)
    {
        var path = Write16((ushort)brightest);

        var remark = ImageRemarks.Of(path, RgbImage.Load(path));

        Assert.Equal(
            $"{path}: a 16-bit image that uses only a small part of its range (values below {256 * levels} of 65536) comes almost black; "
            + "--range auto stretches it.",
            remark);
    }

    [Theory]
    [InlineData(16384)]
    [InlineData(65535)]
    public void Of_DeepImageOfALargeRange_SaysNothing(int brightest)
    {
        var path = Write16((ushort)brightest);

        Assert.Null(ImageRemarks.Of(path, RgbImage.Load(path)));
    }

    [Fact]
    public void Of_DarkImageOf8Bits_SaysNothing()
    {
        using (var file = new FileStream(_folder["a.png"], FileMode.CreateNew))
        {
            PngWriter.WriteGrey8(file, Size, new byte[Size.PixelCount], new ResultStamp(ResultKind.Mask));
        }

        Assert.Null(ImageRemarks.Of(_folder["a.png"], RgbImage.Load(_folder["a.png"])));
    }

    private string Write16(ushort brightest)
    {
        var pixels = new ushort[Size.PixelCount];
        pixels[5] = brightest;
        using var file = new FileStream(_folder["a.png"], FileMode.CreateNew);
        PngWriter.WriteGrey16(file, Size, y => pixels.AsSpan(y * Size.Width, Size.Width), new ResultStamp(ResultKind.Mask));
        return _folder["a.png"];
    }
}
