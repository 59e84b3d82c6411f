using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class MaskNumberPlacesTests
{
    [Fact]
    public void Find_MasksOverEachOther_TakesTheDeepestPixelOfWhatIsVisible()
    {
        var masks = TestMask.Set(
            TestMask.Draw("#########", "#########", "#########", "#########", "#########"),
            TestMask.Draw(".........", ".###.....", ".###.....", ".###.....", "........."));

        var places = MaskNumberPlaces.Find(LabelMap.FromMasks(masks));

        Assert.Equal([new PixelPlace(6, 2), new PixelPlace(2, 2)], places);
    }

    [Fact]
    public void Find_CoveredMask_HasNone()
    {
        var corner = TestMask.Draw("##..", "##..");

        var places = MaskNumberPlaces.Find(LabelMap.FromMasks(TestMask.Set(corner, corner)));

        Assert.NotNull(places[0]);
        Assert.Null(places[1]);
    }

    [Fact]
    public void Find_RandomMasks_NoPixelOfAMaskIsDeeper()
    {
        var random = new Random(5);
        for (var run = 0; run < 60; run++)
        {
            var (width, height) = (random.Next(1, 14), random.Next(1, 14));
            var map = LabelMap.FromMasks(TestMask.Set([.. Enumerable.Range(0, 3).Select(_ => TestMask.Random(random, width, height))]));

            var places = MaskNumberPlaces.Find(map);

            for (var mask = 0; mask < places.Length; mask++)
            {
                var depths = Pixels(map).Where(pixel => map[pixel.X, pixel.Y] == mask + 1).Select(pixel => Depth(map, pixel)).ToArray();
                Assert.Equal(depths.Length > 0 ? depths.Max() : null, places[mask] is { } place ? Depth(map, place) : (int?)null);
            }
        }
    }

    private static IEnumerable<PixelPlace> Pixels(LabelMap map) =>
        from y in Enumerable.Range(0, map.Size.Height) from x in Enumerable.Range(0, map.Size.Width) select new PixelPlace(x, y);

    // City-block distance to the nearest pixel of another label, or to the first pixel beyond the edge.
    private static int Depth(LabelMap map, PixelPlace place)
    {
        var edge = Math.Min(Math.Min(place.X + 1, place.Y + 1), Math.Min(map.Size.Width - place.X, map.Size.Height - place.Y));
        return Pixels(map)
            .Where(pixel => map[pixel.X, pixel.Y] != map[place.X, place.Y])
            .Select(pixel => Math.Abs(pixel.X - place.X) + Math.Abs(pixel.Y - place.Y))
            .Append(edge)
            .Min();
    }
}
