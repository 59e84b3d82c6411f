using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class MaskOutlineTests
{
    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Of_NoToleranceGiven_StaysAboveTheLowestIou(string name)
    {
        foreach (var mask in FormatCases.Masks(name))
        {
            var filled = MaskPolygons.ToMask(mask.Segmentation.Size, MaskOutline.Of(mask.Segmentation, tolerance: null));

            Assert.True(
                mask.Area == 0 ? filled.Area == 0 : MaskOverlap.Iou(mask.Segmentation, filled) > MaskOutline.LowestIou,
                $"{mask}");
        }
    }

    [Fact]
    public void Of_LargeMask_HasFewCornersAndStaysWithinTheTolerance()
    {
        var mask = FormatCases.LargeRing()[0].Segmentation;

        var outline = MaskOutline.Of(mask, tolerance: null).Single();
        var exact = MaskPolygons.FromMask(mask).Single();

        Assert.Single(outline.Holes);
        Assert.InRange(outline.Exterior.Count, 8, exact.Exterior.Count / 3);
    }

    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Of_NoToleranceGiven_DoesNotHangOnHowAReaderCountsPixelsOnTheOutline(string name)
    {
        foreach (var mask in FormatCases.Masks(name).Take(60))
        {
            foreach (var shift in new[] { -0.0001, 0.0001 })
            {
                var filled = MaskOutline.Of(mask.Segmentation, tolerance: null)
                    .Select(polygon => FormatCases.Fill(
                        polygon.Rings.Select(ring => ring.Select(corner => (corner.X + shift, corner.Y - (shift / 3))).ToList()),
                        mask.Segmentation.Size))
                    .ToList();
                var pixels = new bool[mask.Segmentation.Size.Width, mask.Segmentation.Size.Height];
                foreach (var (x, y) in filled.SelectMany(TestMask.Positions))
                {
                    pixels[x, y] = true;
                }

                Assert.InRange(FormatCases.Iou(TestMask.Unpack(mask.Segmentation), pixels), MaskOutline.LowestIou, 1);
            }
        }
    }

    [Fact]
    public void Of_ToleranceGiven_IsThatOfMaskPolygons()
    {
        var mask = FormatCases.LargeRing()[0].Segmentation;

        Assert.Equal(MaskPolygons.FromMask(mask, 5), MaskOutline.Of(mask, 5));
        Assert.Equal(MaskPolygons.FromMask(mask), MaskOutline.Of(mask, 0));
    }

    [Fact]
    public void WithoutHoles_MaskWithAHole_IsNone()
    {
        Assert.Null(MaskOutline.WithoutHoles(FormatCases.Masks("ring")[0].Segmentation, 0));
        Assert.Single(MaskOutline.WithoutHoles(FormatCases.Masks("full")[0].Segmentation, 0)!);
    }
}
