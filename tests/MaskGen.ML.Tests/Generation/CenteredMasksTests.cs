using MaskGen.ML.Generation;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Generation;

public class CenteredMasksTests
{
    private const int TileSize = 400;

    private static readonly ImageSize Image = new(2000, 1200);
    private static readonly PixelArea FarTile = new(300, 300, new ImageSize(TileSize, TileSize));
    private static readonly PixelArea Object = Box(630, 560, 40, 60);

    [Fact]
    public void Find_SameMaskEverywhere_TakesOneTile()
    {
        var opened = new List<PixelArea>();

        var found = Centered(opened, (_, _) => Object).Find(Known(Object), Middle(Object));

        Assert.Equal(1, found.Agreement);
        Assert.Equal(Object, found.Mask!.Box);
        Assert.Equal(Around(Object), Assert.Single(opened));
    }

    [Fact]
    public void Find_MaskThatMovesWithTheTile_IsTheOneInTheMiddle()
    {
        // In a tile whose middle lies d beside 650 the mask lies d / 2 beside it.
        PixelArea Answer(PixelArea tile, PointPrompt point) => Object with { Left = Object.Left + ((tile.Left + 200 - 650) / 2) };
        var known = Object with { Left = Object.Left + 10 };

        var found = Centered([], Answer).Find(Known(known), Middle(known));

        var (mask, agreement, _) = found;
        var again = Mask(Answer(Around(mask!.Box), default), FarTile).Record.Segmentation;
        Assert.Equal(MaskIou.Of(again, mask.Record.Segmentation), agreement);
        Assert.InRange(agreement, 0.95, 1);
        Assert.InRange(mask.Box.Left, Object.Left, Object.Left + 2);
    }

    [Fact]
    public void Find_PointWhoseMaskFlees_TakesAnotherPointOfTheObject()
    {
        // The point that it was found by has its mask always beside the middle; the others see it where it is.
        PixelArea Answer(PixelArea tile, PointPrompt point) => point.X == Point(Object).X
            ? Object with { Left = tile.Left + 200 - 20 + (tile.Left % 2 == 0 ? 5 : -5) }
            : Object;

        var found = Centered([], Answer).Find(Known(Object), Middle(Object));

        Assert.Equal((Object, 1), (found.Mask!.Box, found.Agreement));
        Assert.NotEqual(Point(Object), Assert.Single(found.Mask!.Record.Points));
    }

    [Fact]
    public void Find_MasksThatAlwaysFlee_GivesTheBestAndSaysHowGood()
    {
        static PixelArea Answer(PixelArea tile, PointPrompt point) =>
            Object with { Left = tile.Left + 200 - 20 + (tile.Left % 2 == 0 ? 5 : -5) };

        var opened = new List<PixelArea>();
        var found = Centered(opened, Answer).Find(Known(Object), Middle(Object));

        Assert.InRange(found.Agreement, 0.6, 0.9);
        Assert.InRange(opened.Count, 2, 8);
    }

    [Fact]
    public void Find_NothingLikeIt_IsNothing()
    {
        var piece = new SeamObject(Mask(Object, FarTile).Record, [Mask(Box(655, 560, 45, 60), FarTile)]);

        Assert.Equal((null, 0, null), Centered([], (_, _) => Box(630, 560, 8, 8)).Find(piece, Middle(Object)));
    }

    [Fact]
    public void Find_PieceOfAnObject_IsTheWholeOne()
    {
        // Its tile ends at 700.
        var piece = new SeamObject(Mask(Box(670, 560, 30, 60), FarTile).Record, [Mask(Box(670, 560, 30, 60), FarTile)]);
        var whole = Box(670, 560, 110, 60);

        var found = Centered([], (_, _) => whole).Find(piece, (700, 590));

        Assert.True(piece.IsPiece);
        Assert.Equal(whole, found.Mask!.Box);
    }

    [Fact]
    public void Find_TileThatIsNotAtHand_SaysWhereToGoOn()
    {
        var piece = new SeamObject(Mask(Box(670, 560, 30, 60), FarTile).Record, [Mask(Box(670, 560, 30, 60), FarTile)]);
        var whole = Box(670, 560, 110, 60);

        var found = Centered([], (_, _) => whole, tile => tile != Around(whole)).Find(piece, (700, 590));

        Assert.Null(found.Mask);
        Assert.Equal(whole, found.Next!.Box);
    }

    [Fact]
    public void Find_ObjectsBesideEachOther_ShareATile()
    {
        var opened = new List<PixelArea>();
        var other = Object with { Left = Object.Left + 6 };
        var centered = Centered(opened, (_, point) => point.Y < Point(Object).Y + 1 ? Object : other);

        centered.Find(Known(Object), Middle(Object));
        var found = centered.Find(Known(other, below: 5), Middle(other));

        Assert.Equal(other, found.Mask!.Box);
        Assert.Single(opened);
    }

    private static CenteredMasks Centered(
        List<PixelArea> opened, Func<PixelArea, PointPrompt, PixelArea> answer, Func<PixelArea, bool>? isAtHand = null) =>
        new(Image, TileSize, PointGrid.Regular(40), isAtHand ?? (_ => true), tile =>
        {
            opened.Add(tile);
            return (points, _) => [.. points.Select(point => Mask(answer(tile, point), tile, point))];
        });

    private static SeamObject Known(PixelArea box, int below = 0)
    {
        var mask = Mask(box, FarTile, Point(box) with { Y = Point(box).Y + below });
        return new SeamObject(mask.Record, [mask]);
    }

    private static TileMask Mask(PixelArea box, PixelArea tile, PointPrompt? point = null)
    {
        var mask = RunLengthEncoding.FromMask(box.Size, Enumerable.Repeat(true, (int)box.Size.PixelCount).ToArray())
            .PlaceIn(Image, box.Left, box.Top);
        return new TileMask(
            new MaskRecord
            {
                Segmentation = mask,
                BoundingBox = mask.BoundingBox,
                PredictedIou = 0.9f,
                StabilityScore = 0.9f,
                Points = [point ?? Point(box)],
                CropBox = new BoxXywh(tile.Left, tile.Top, TileSize, TileSize),
            },
            tile,
            Image);
    }

    private static PixelArea Box(int left, int top, int width, int height) => new(left, top, new ImageSize(width, height));

    private static PointPrompt Point(PixelArea box) => new(box.Left + 7.25f, box.Top + 9.25f);

    private static (double X, double Y) Middle(PixelArea box) => ((box.Left + box.Right) / 2.0, (box.Top + box.Bottom) / 2.0);

    private static PixelArea Around(PixelArea box) => TileGrid.Around(Middle(box).X, Middle(box).Y, Image, TileSize);
}
