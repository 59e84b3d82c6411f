using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class MaskOverlayTests
{
    private static readonly ImageSize Size = new(12, 10);

    [Fact]
    public void Write_NoMasks_IsTheImage()
    {
        var image = Image();

        Assert.Equal(image.Pixels, Draw(image, []).Pixels);
    }

    [Fact]
    public void Write_SmallMaskInLarge_ShowsTheSmallOnesColour()
    {
        var (large, small) = (Mask(1, 1, 11, 9), Mask(3, 3, 8, 7));
        var image = Image();

        var both = Draw(image, [small, large]);
        var reversed = Draw(image, [large, small]);

        Assert.Equal(Pixel(Draw(image, [small]), 5, 5), Pixel(both, 5, 5));
        Assert.NotEqual(Pixel(both, 5, 5), Pixel(both, 2, 5));

        // A colour belongs to the place in the set, not to the order of drawing.
        Assert.NotEqual(Pixel(both, 5, 5), Pixel(reversed, 5, 5));
        Assert.Equal(Pixel(reversed, 0, 0), Pixel(both, 0, 0));
    }

    [Fact]
    public void Write_Mask_HasADarkEdgeThenItsColourThenALightFill()
    {
        var size = new ImageSize(60, 60);
        var image = RgbImage.FromPixels(size, [.. Enumerable.Repeat((byte)200, 3 * 3600)]);
        var square = Enumerable.Range(0, 3600).Select(i => i % 60 is >= 10 and < 40 && i / 60 is >= 10 and < 40);
        var masks = TestMask.Set(RunLengthEncoding.FromMask(size, [.. square]));

        var drawn = Draw(image, masks);

        var (red, green, blue) = MaskPalette.Color(0);
        Assert.Equal((200, 200, 200), Pixel(drawn, 9, 25));
        Assert.Equal((60, 60, 60), Pixel(drawn, 10, 25));
        Assert.Equal((red, green, blue), Pixel(drawn, 12, 25));
        Assert.Equal(((65 * 200) + (35 * red) + 50) / 100, Pixel(drawn, 25, 25).Item1);
    }

    [Fact]
    public void Write_MaskOverMostOfTheImage_HasAnOutlineAlone()
    {
        var size = new ImageSize(60, 60);
        var image = RgbImage.FromPixels(size, [.. Enumerable.Repeat((byte)200, 3 * 3600)]);
        var masks = TestMask.Set(RunLengthEncoding.FromMask(size, [.. Enumerable.Range(0, 3600).Select(i => i % 60 >= 20)]));

        var drawn = Draw(image, masks);

        Assert.Equal((200, 200, 200), Pixel(drawn, 40, 30));
        Assert.Equal(MaskPalette.Color(0), Pixel(drawn, 22, 30));
    }

    [Fact]
    public void Write_OutsideOfMasks_KeepsTheLightAndLosesMostOfTheColour()
    {
        var size = new ImageSize(20, 20);
        var image = RgbImage.FromPixels(size, [.. Enumerable.Range(0, 400).SelectMany(_ => new byte[] { 250, 50, 50 })]);

        var drawn = Draw(image, TestMask.Set(RunLengthEncoding.FromMask(size, [.. Enumerable.Range(0, 400).Select(i => i < 8)])));

        // Grey of this red is 110.
        Assert.Equal((145, 95, 95), Pixel(drawn, 10, 15));
    }

    [Fact]
    public void Write_MasksOfOneArea_ShowsTheEarlierAsTheLabelMapDoes()
    {
        var (first, second) = (Mask(1, 1, 9, 9), Mask(2, 1, 10, 9));

        var both = Draw(Image(), [first, second]);

        Assert.Equal(Pixel(Draw(Image(), [first]), 5, 5), Pixel(both, 5, 5));
        Assert.Equal(1, LabelMap.FromMasks(new MaskSet(Size, [first, second]))[5, 5]);
    }

    [Fact]
    public void Write_WithNumbers_WritesThemInsideTheMaskInWhiteOnDark()
    {
        var size = new ImageSize(60, 40);
        const int pixels = 60 * 40;
        var grey = RgbImage.FromPixels(size, [.. Enumerable.Repeat((byte)128, 3 * pixels)]);
        var masks = TestMask.Set(RunLengthEncoding.FromMask(size, [.. Enumerable.Range(0, pixels).Select(i => i % 60 >= 30)]));
        using var stream = new MemoryStream();

        MaskOverlay.Write(stream, grey, masks, new() { ShowNumbers = true });

        stream.Position = 0;
        var numbered = RgbImage.Load(stream);
        using var plainStream = new MemoryStream();
        MaskOverlay.Write(plainStream, grey, masks);
        plainStream.Position = 0;
        var plain = RgbImage.Load(plainStream);
        var changed = Enumerable.Range(0, pixels).Where(i => Pixel(numbered, i % 60, i / 60) != Pixel(plain, i % 60, i / 60)).ToArray();

        // A digit is 5 x 7 cells with a cell of plate around it; a 1 has ten cells of ink.
        Assert.Equal(7 * 9, changed.Length);
        Assert.All(changed, i => Assert.InRange(i % 60, 30, 59));
        Assert.Equal(10, changed.Count(i => Pixel(numbered, i % 60, i / 60) == (255, 255, 255)));
    }

    [Fact]
    public void Write_MasksOfAnotherSize_SaysExpectedAndFound()
    {
        var masks = new MaskSet(new ImageSize(3, 3), [Record(RunLengthEncoding.FromCounts(new ImageSize(3, 3), [0, 9]))]);

        var error = Assert.Throws<ArgumentException>(() => MaskOverlay.Write(Stream.Null, Image(), masks));

        Assert.Contains("12x10", error.Message, StringComparison.Ordinal);
        Assert.Contains("3x3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_FolderThatIsNotThere_LeavesNothing()
    {
        using var folder = new TestFolder();

        Assert.Throws<DirectoryNotFoundException>(() => MaskOverlay.Save(folder["none/overlay.png"], Image(), MaskSet.Empty));

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static RgbImage Draw(RgbImage image, MaskRecord[] masks) => Draw(image, new MaskSet(Size, masks));

    private static RgbImage Draw(RgbImage image, MaskSet masks)
    {
        using var stream = new MemoryStream();
        MaskOverlay.Write(stream, image, masks);
        stream.Position = 0;
        return RgbImage.Load(stream);
    }

    private static RgbImage Image() => RgbImage.FromPixels(Size, [.. Enumerable.Range(0, 360).Select(i => (byte)(i * 7))]);

    private static MaskRecord Mask(int left, int top, int right, int bottom) => Record(RunLengthEncoding.FromMask(
        Size, [.. Enumerable.Range(0, 120).Select(i => i % 12 >= left && i % 12 < right && i / 12 >= top && i / 12 < bottom)]));

    private static MaskRecord Record(RunLengthEncoding mask) => new()
    {
        Segmentation = mask,
        BoundingBox = mask.BoundingBox,
        PredictedIou = 1,
        StabilityScore = 1,
        CropBox = new BoxXywh(0, 0, mask.Size.Width, mask.Size.Height),
    };

    private static (byte, byte, byte) Pixel(RgbImage image, int x, int y)
    {
        var index = 3 * ((y * image.Size.Width) + x);
        return (image.Pixels[index], image.Pixels[index + 1], image.Pixels[index + 2]);
    }
}
