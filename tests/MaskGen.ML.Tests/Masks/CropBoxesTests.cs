using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Masks;

public class CropBoxesTests
{
    private const double OverlapRatio = 512.0 / 1500;

    [Theory]
    [InlineData(37, 21, 21)]
    [InlineData(12, 12, 5)]
    [InlineData(10, 10, 1)]
    [InlineData(1_000_000, 1, 1)]
    [InlineData(2000, 2000, 5461)]
    public void Generate_MoreLayersThanTheImageHasRoomFor_LeavesOutCropsOfAFewPixels(int width, int height, int expected)
    {
        Assert.Equal(expected, CropBoxes.Generate(new ImageSize(width, height), 6, OverlapRatio).Count);
    }

    [Fact]
    public void Generate_NoLayers_IsTheWholeImage()
    {
        Assert.Equal([new ImageCrop(0, 0, 0, new ImageSize(960, 640))], CropBoxes.Generate(new ImageSize(960, 640), 0, OverlapRatio));
    }

    [Fact]
    public void Generate_OneLayer_GivesTheReferencesBoxes()
    {
        var crops = CropBoxes.Generate(new ImageSize(960, 640), 1, OverlapRatio);

        Assert.Equal(
            [new(0, 0, 960, 640), new(0, 0, 589, 429), new(0, 211, 589, 640), new(371, 0, 960, 429), new(371, 211, 960, 640)],
            crops.Select(crop => crop.Box));
    }

    [Fact]
    public void Generate_TwoLayers_HasFourTimesFourInTheSecond()
    {
        var crops = CropBoxes.Generate(new ImageSize(960, 640), 2, OverlapRatio);

        Assert.Equal([1, 4, 16], crops.GroupBy(crop => crop.Layer).Select(layer => layer.Count()));
    }

    // Sides whose overlap is a whole number: the float nearest to the ratio gives one pixel less.
    [Theory]
    [InlineData(4000, 3000, 1488, 988)]
    [InlineData(2000, 1500, 744, 494)]
    [InlineData(500, 375, 186, 124)]
    public void Generate_OverlapOfWholePixels_LosesNone(int width, int height, int left, int top)
    {
        var ratio = new AutomaticMaskGenerationOptions().ExactCropOverlapRatio;

        var crops = CropBoxes.Generate(new ImageSize(width, height), 1, ratio);

        Assert.Equal(new BoxXyxy(left, top, width, height), crops[4].Box);
    }

    [Fact]
    public void Generate_OnePixel_LeavesEmptyCropsOut()
    {
        Assert.All(CropBoxes.Generate(new ImageSize(1, 1), 2, OverlapRatio), crop => Assert.Equal(new ImageSize(1, 1), crop.Size));
    }

    [Theory]
    [InlineData(0, 100, 500, 400, false)]
    [InlineData(100, 100, 585, 400, true)]
    [InlineData(100, 100, 560, 400, false)]
    [InlineData(100, 100, 500, 420, true)]
    public void IsCutOff_FirstCornerCrop_CountsInnerEdgesOnly(float x0, float y0, float x1, float y1, bool expected)
    {
        var crop = new ImageCrop(1, 0, 0, new ImageSize(589, 429));

        Assert.Equal(expected, CropBoxes.IsCutOff(new BoxXyxy(x0, y0, x1, y1), crop, new ImageSize(960, 640)));
    }
}
