using MaskGen.ML.Results;

namespace MaskGen.ML.Web.Tests.Api;

/// <summary>Changes by hand are exact.</summary>
public class MaskEditsTests
{
    private static readonly ImageSize Size = new(40, 30);

    [Fact]
    public void Apply_UnionSubtractIntersect_AreThoseOfSets()
    {
        var (a, b) = (Box(2, 2, 12, 12), Box(8, 8, 20, 20));

        Assert.Equal(MaskOverlap.Union(a, b), Apply("union", a, b));
        Assert.Equal(MaskOverlap.Subtract(a, b), Apply("subtract", a, b));
        Assert.Equal(MaskOverlap.Intersect(a, b), Apply("intersect", a, b));
    }

    [Fact]
    public void Apply_FillHolesAndDropSpecks_ChangeWhatIsSmaller()
    {
        var ring = MaskOverlap.Subtract(Box(2, 2, 20, 20), Box(8, 8, 11, 11));
        var speck = MaskOverlap.Union(Box(2, 2, 20, 20), Box(30, 25, 32, 26));

        Assert.Equal(Box(2, 2, 20, 20), MaskEdits.Apply(Request("fill-holes", [ring]) with { MinimumArea = 10 }, Size));
        Assert.Equal(ring, MaskEdits.Apply(Request("fill-holes", [ring]) with { MinimumArea = 9 }, Size));
        Assert.Equal(Box(2, 2, 20, 20), MaskEdits.Apply(Request("drop-specks", [speck]) with { MinimumArea = 3 }, Size));
    }

    [Fact]
    public void Apply_DrawAndErase_FollowTheStroke()
    {
        var stroke = new StrokeItem([[5, 15], [35, 15]], 4);

        var drawn = MaskEdits.Apply(new EditRequest { Op = "draw", Stroke = stroke }, Size);
        var erased = MaskEdits.Apply(Request("erase", [Box(0, 0, 40, 30)]) with { Stroke = stroke }, Size);

        Assert.True(drawn.Contains(20, 12) && drawn.Contains(20, 17) && drawn.Contains(5, 15) && drawn.Contains(37, 15));
        Assert.False(drawn.Contains(20, 9) || drawn.Contains(20, 20));
        Assert.Equal(MaskOverlap.Subtract(Box(0, 0, 40, 30), drawn), erased);
    }

    [Fact]
    public void Apply_Polygon_IsFilled() =>
        Assert.Equal(Box(3, 4, 13, 14), MaskEdits.Apply(
            new EditRequest { Op = "polygon", Polygon = [[3, 4], [13, 4], [13, 14], [3, 14]] }, Size));

    [Fact]
    public void Apply_Resize_BringsThePaintedSizeToTheFullOne()
    {
        var full = new ImageSize(4096, 1024);
        var paint = new ImageSize(2048, 512);
        var painted = Filled(paint, 100, 50, 300, 150);

        Assert.Equal(Filled(full, 200, 100, 600, 300), MaskEdits.Apply(Request("resize", [painted]), full));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("union")]
    [InlineData("draw")]
    [InlineData("polygon")]
    [InlineData("fill-holes")]
    public void Apply_WithoutWhatItNeeds_IsRefused(string op) =>
        Assert.Equal(400, Assert.Throws<WebProblem>(() => MaskEdits.Apply(new EditRequest { Op = op }, Size)).Status);

    [Fact]
    public void Apply_MaskOfAnotherSize_IsRefused() =>
        Assert.Throws<WebProblem>(() => MaskEdits.Apply(Request("union", [Filled(new ImageSize(3, 3), 0, 0, 1, 1)]), Size));

    private static RunLengthEncoding Apply(string op, params RunLengthEncoding[] masks) => MaskEdits.Apply(Request(op, masks), Size);

    private static EditRequest Request(string op, RunLengthEncoding[] masks) =>
        new() { Op = op, Masks = [.. masks.Select(MaskText.Of)] };

    private static RunLengthEncoding Box(int left, int top, int right, int bottom) => Filled(Size, left, top, right, bottom);

    private static RunLengthEncoding Filled(ImageSize size, int left, int top, int right, int bottom)
    {
        var pixels = new bool[size.PixelCount];
        for (var y = top; y < bottom; y++)
        {
            pixels.AsSpan((y * size.Width) + left, right - left).Fill(true);
        }

        return RunLengthEncoding.FromMask(size, pixels);
    }
}
