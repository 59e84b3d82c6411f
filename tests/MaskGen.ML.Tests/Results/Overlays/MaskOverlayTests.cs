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
        var masks = TestMask.Set(RunLengthEncoding.FromMask(size, [.. square]), Part(size, 55, 60).Segmentation);

        var drawn = Draw(image, masks);

        var (red, green, blue) = MaskPalette.Color(0);
        Assert.Equal((200, 200, 200), Pixel(drawn, 9, 25));
        Assert.Equal((50, 50, 50), Pixel(drawn, 10, 25));
        Assert.Equal((red, green, blue), Pixel(drawn, 11, 25));

        // A quarter of the image, of which a tenth would take 30 % of the colour and a third 10 %.
        var fill = MaskPainter.Fill(masks[0].Segmentation);
        Assert.Equal(17, fill);
        Assert.Equal((((100 - fill) * 200) + (fill * red) + 50) / 100, Pixel(drawn, 25, 25).Item1);
    }

    [Theory]
    [InlineData(1, 30)]
    [InlineData(10, 30)]
    [InlineData(33, 10)]
    [InlineData(34, 0)]
    [InlineData(100, 0)]
    public void Fill_OfAShareOfTheImage_IsLighterForLargerMasks(int percent, int expected)
    {
        var mask = RunLengthEncoding.FromCounts(new ImageSize(10, 10), [0, percent, 100 - percent]);

        Assert.Equal(expected, MaskPainter.Fill(mask));
    }

    [Theory]
    [InlineData(1, 30)]
    [InlineData(10, 30)]
    [InlineData(34, 22)]
    [InlineData(100, 22)]
    public void Fill_OfWhatAPromptAskedFor_IsNeverNone(int percent, int expected)
    {
        var mask = RunLengthEncoding.FromCounts(new ImageSize(10, 10), [0, percent, 100 - percent]);

        Assert.Equal(expected, MaskPainter.Fill(mask, isAskedFor: true));
    }

    [Theory]
    [InlineData("one mask alone", true)]
    [InlineData("boxes", true)]
    [InlineData("several points", true)]
    [InlineData("candidates of a point", true)]
    [InlineData("everything", false)]
    public void Write_LargeMaskOfAPrompt_IsFilled(string what, bool isFilled)
    {
        var size = new ImageSize(60, 60);
        var image = RgbImage.FromPixels(size, [.. Enumerable.Repeat((byte)200, 3 * 3600)]);
        var (large, small) = (Part(size, 20, 60), Part(size, 0, 4));
        MaskSet masks = what switch
        {
            "one mask alone" => new(size, [large]),
            "boxes" => new(size, [large with { Box = new(20, 0, 60, 60) }, small with { Box = new(0, 0, 4, 60) }]),
            "several points" => new(size, [large with { Points = [new(40, 30), new(50, 30)] }, small with { Points = [new(2, 30)] }]),
            "candidates of a point" => new(size, [large with { Points = [new(40, 30)] }, small with { Points = [new(40, 30)] }]),
            _ => new(size, [large with { Points = [new(40, 30)] }, small with { Points = [new(2, 30)] }]),
        };

        // Of candidates the first panel has the first one, at 240 by 240 pixels.
        var drawn = Draw(image, masks);
        Assert.Equal(isFilled, Pixel(drawn, drawn.Size.Height > 60 ? 160 : 40, drawn.Size.Height > 60 ? 120 : 30) != (200, 200, 200));
    }

    [Fact]
    public void Save_NumbersThatHaveNoRoom_AreCounted()
    {
        var image = RgbImage.FromPixels(new ImageSize(60, 60), [.. Enumerable.Repeat((byte)200, 3 * 3600)]);
        var (mask, leftOut) = (Part(image.Size, 0, 40), new List<int>());
        using var stream = new MemoryStream();

        // The second lies under the first.
        var options = new MaskOverlayOptions { ShowNumbers = true, NumbersLeftOut = leftOut.Add };
        MaskOverlay.Write(stream, image, new MaskSet(image.Size, [mask, mask]), options);

        Assert.Equal([1], leftOut);
    }

    [Fact]
    public void Write_MaskAtTheEdgeOfTheImage_HasNoOutlineThere()
    {
        var size = new ImageSize(60, 60);
        var image = RgbImage.FromPixels(size, [.. Enumerable.Repeat((byte)200, 3 * 3600)]);
        var masks = TestMask.Set(RunLengthEncoding.FromMask(size, [.. Enumerable.Range(0, 3600).Select(i => i % 60 < 10)]));

        var drawn = Draw(image, masks);

        Assert.Equal(Pixel(drawn, 5, 30), Pixel(drawn, 0, 30));
        Assert.Equal(Pixel(drawn, 5, 30), Pixel(drawn, 5, 0));
        Assert.Equal((50, 50, 50), Pixel(drawn, 9, 30));
        Assert.Equal(MaskPalette.Color(0), Pixel(drawn, 8, 30));
    }

    [Fact]
    public void Write_MaskOverMostOfTheImage_HasAnOutlineAlone()
    {
        var size = new ImageSize(60, 60);
        var image = RgbImage.FromPixels(size, [.. Enumerable.Repeat((byte)200, 3 * 3600)]);
        var masks = new MaskSet(size, [Part(size, 20, 60), Part(size, 0, 4)]);

        var drawn = Draw(image, masks);

        Assert.Equal((200, 200, 200), Pixel(drawn, 40, 30));
        Assert.Equal(MaskPalette.Color(0), Pixel(drawn, 21, 30));
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
        var (first, second, corner) = (Mask(1, 1, 9, 9), Mask(2, 1, 10, 9), Mask(11, 9, 12, 10));

        var both = Draw(Image(), [first, second]);

        Assert.Equal(Pixel(Draw(Image(), [first, corner]), 5, 5), Pixel(both, 5, 5));
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

        // A plate of one digit, eight pixels high.
        Assert.InRange(changed.Length, 100, 200);
        Assert.All(changed, i => Assert.InRange(i % 60, 32, 59));
        Assert.InRange(changed.Count(i => Pixel(numbered, i % 60, i / 60).Item1 > 200), 4, 20);
        Assert.InRange(changed.Count(i => Pixel(numbered, i % 60, i / 60) is ( < 70, < 70, < 70)), 40, 150);
    }

    [Fact]
    public void Write_CandidatesOfOnePrompt_AreApartWithTheBestOneMarked()
    {
        var image = ReportPages.Plain(new ImageSize(300, 200));
        var masks = Candidates(image.Size, 0.5f, 0.9f, 0.7f);

        var sheet = Draw(image, masks);

        // Three panels in a row with captions below.
        Assert.InRange(sheet.Size.Width, 3 * 300, 3.4 * 300);
        Assert.InRange(sheet.Size.Height, 220, 280);
        var panels = Enumerable.Range(0, 3).Select(
            place => Enumerable.Range(0, 3).Select(mask => Count(sheet, place, MaskPalette.Color(mask))).ToList());
        Assert.All(panels.Select((counts, place) => (counts, place)), panel =>
        {
            Assert.True(panel.counts[panel.place] > 50);
            Assert.Equal(0, panel.counts.Where((_, mask) => mask != panel.place).Sum());
        });
        Assert.True(Count(sheet, 1, (255, 255, 255)) > 900);
        Assert.True(Count(sheet, 0, (255, 255, 255)) < 50 && Count(sheet, 2, (255, 255, 255)) < 50);

        // Asked for together, they are.
        var together = Draw(image, masks, new() { ShowsCandidatesApart = false });
        Assert.Equal(image.Size, together.Size);
    }

    [Fact]
    public void Write_CandidatesOfSeveralPrompts_ShowsTheBestOnesTogether()
    {
        var image = ReportPages.Plain(new ImageSize(300, 200));
        var first = Candidates(image.Size, 0.5f, 0.9f, 0.7f);
        var second = Candidates(image.Size, 0.3f, 0.2f, 0.8f).Select(mask => mask with { Points = [new(9, 9)] });

        var panels = OverlayPanel.Of(new MaskSet(image.Size, [.. first, .. second]), new());

        Assert.Equal([[1, 5], [2, 3], [0, 4]], panels.Select(panel => panel.Indices));
        Assert.Equal([true, false, false], panels.Select(panel => panel.Caption.IsBest));
    }

    [Theory]
    [InlineData(300, 200, 2)]
    [InlineData(500, 200, 1)]
    [InlineData(200, 500, 2)]
    public void Write_SideBySide_ShowsTheImageAsItIsAndTheMasks(int width, int height, int columns)
    {
        var size = new ImageSize(width, height);
        var image = RgbImage.FromPixels(size, [.. Enumerable.Range(0, (int)size.PixelCount).SelectMany(_ => new byte[] { 250, 50, 50 })]);
        var masks = TestMask.Set(ReportPages.Disc(size, 100, 100, 40));

        var sheet = Draw(image, masks, new() { SideBySide = true });

        Assert.InRange(sheet.Size.Width, columns * width, (columns * width) + 60);
        Assert.InRange(sheet.Size.Height, (3 - columns) * height, ((3 - columns) * height) + 60);
        var pixels = Enumerable.Range(0, (int)sheet.Size.PixelCount)
            .Select(i => Pixel(sheet, i % sheet.Size.Width, i / sheet.Size.Width)).ToList();
        Assert.Equal(width * height, pixels.Count(pixel => pixel == (250, 50, 50)));
        Assert.InRange(pixels.Count(pixel => pixel == (145, 95, 95)), (width * height) - 6000, width * height);
    }

    [Fact]
    public void Write_SideBySideOfALargeImage_IsOfBoundedSize()
    {
        var size = new ImageSize(5000, 3000);
        var masks = TestMask.Set(RunLengthEncoding.FromCounts(size, [3_000_000, 2_000_000, 10_000_000]));

        var sheet = Draw(ReportPages.Plain(size), masks, new() { SideBySide = true });

        Assert.InRange(sheet.Size.Width, 2 * 2048, (2 * 2048) + 200);
        Assert.InRange(sheet.Size.Height, 1229, 1229 + 100);
    }

    [Fact]
    public void Write_OnePixel_WorksInEveryForm()
    {
        var masks = TestMask.Set(TestMask.Draw("#"));
        var image = ReportPages.Plain(new ImageSize(1, 1));

        Assert.Equal(new ImageSize(1, 1), Draw(image, masks, new() { ShowNumbers = true, ShowPrompts = true }).Size);
        Assert.InRange(Draw(image, masks, new() { SideBySide = true, ShowNumbers = true }).Size.Width, 512, 600);
    }

    [Fact]
    public void Write_NoMasksSideBySide_IsTheImageTwice()
    {
        var image = ReportPages.Plain(new ImageSize(300, 200));

        var sheet = Draw(image, new MaskSet(image.Size, []), new() { SideBySide = true });

        Assert.InRange(sheet.Size.Width, 600, 660);
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

    private static MaskSet Candidates(ImageSize size, params float[] ious) => new(size, [.. ious.Select((iou, place) =>
        TestMask.Record(ReportPages.Disc(size, 150, 100, 20 + (20 * place)), iou) with { Points = [new(150, 100)] })]);

    // Pixels of a colour in one of three panels, their captions without the swatch left out.
    private static int Count(RgbImage sheet, int place, (byte, byte, byte) color)
    {
        var third = sheet.Size.Width / 3;
        return Enumerable.Range(0, third * 210).Count(i => Pixel(sheet, (place * third) + (i % third), i / third) == color);
    }

    private static RgbImage Draw(RgbImage image, MaskSet masks, MaskOverlayOptions? options = null)
    {
        using var stream = new MemoryStream();
        MaskOverlay.Write(stream, image, masks, options);
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

    // The columns from one to another.
    private static MaskRecord Part(ImageSize size, int from, int to) => MaskRecord.From(RunLengthEncoding.FromMask(
        size, [.. Enumerable.Range(0, (int)size.PixelCount).Select(i => i % size.Width >= from && i % size.Width < to)]));

    private static (byte, byte, byte) Pixel(RgbImage image, int x, int y)
    {
        var index = 3 * ((y * image.Size.Width) + x);
        return (image.Pixels[index], image.Pixels[index + 1], image.Pixels[index + 2]);
    }
}
