using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class MaskSelectionTests
{
    [Fact]
    public void MakeDisjoint_AnyMasks_AreThoseOfThePixels()
    {
        var random = new Random(5);
        for (var round = 0; round < 60; round++)
        {
            var masks = Random(random, count: random.Next(8));
            foreach (var rule in new[] { DisjointRule.Smaller, DisjointRule.Better })
            {
                var expected = ByPixels(masks, rule).Where(mask => TestMask.Positions(mask).Any()).ToList();

                var disjoint = MaskSelection.MakeDisjoint(masks, rule);

                Assert.Equal(expected, disjoint.Select(mask => TestMask.Unpack(mask.Segmentation)));
                Assert.All(disjoint, mask => Assert.Equal(mask.Segmentation.BoundingBox, mask.BoundingBox));
                Assert.Equal(MaskOverlap.Union(masks), MaskOverlap.Union(disjoint));
            }
        }
    }

    [Fact]
    public void MakeDisjoint_PartOnAWhole_IsCutOutOfItOrGoes()
    {
        var masks = new MaskSet(
            new ImageSize(4, 1),
            [TestMask.Record(TestMask.Draw("####"), 0.9f), TestMask.Record(TestMask.Draw(".##."), 0.8f)]);

        var smaller = MaskSelection.MakeDisjoint(masks, DisjointRule.Smaller);
        var better = MaskSelection.MakeDisjoint(masks, DisjointRule.Better);

        Assert.Equal([TestMask.Draw("#..#"), TestMask.Draw(".##.")], smaller.Select(mask => mask.Segmentation));
        Assert.Equal([TestMask.Draw("####")], better.Select(mask => mask.Segmentation));
    }

    [Fact]
    public void Suppress_SameOrContainedMasks_KeepsTheBetter()
    {
        var (whole, part, other) = (TestMask.Draw("######...."), TestMask.Draw("###......."), TestMask.Draw(".......###"));
        var size = whole.Size;

        Assert.Equal([0, 2], Kept(0.7, (whole, 0.9f), (part, 0.8f), (other, 0.1f)));

        // A whole stays where its part is better: half of it lies in the part.
        Assert.Equal([0, 1, 2], Kept(0.7, (whole, 0.8f), (part, 0.9f), (other, 0.1f)));
        Assert.Equal([1, 2], Kept(0.4, (whole, 0.8f), (part, 0.9f), (other, 0.1f)));

        // Of two that are the same the earlier, and a NaN below everything.
        Assert.Equal([0], Kept(0.7, (whole, 0.8f), (whole, 0.8f)));
        Assert.Equal([1], Kept(0.7, (whole, float.NaN), (whole, 0.1f)));
        Assert.Equal([0, 1], Kept(1, (whole, 0.8f), (whole, 0.8f)));

        int[] Kept(double threshold, params (RunLengthEncoding Mask, float Score)[] masks)
        {
            var set = new MaskSet(size, [.. masks.Select(mask => TestMask.Record(mask.Mask, mask.Score))]);
            var kept = MaskSelection.Suppress(set, threshold);
            return [.. Enumerable.Range(0, set.Count).Where(index => kept.Any(mask => ReferenceEquals(mask, set[index])))];
        }
    }

    [Fact]
    public void Apply_Both_SuppressesFirst()
    {
        var masks = new MaskSet(
            new ImageSize(4, 1),
            [TestMask.Record(TestMask.Draw("####"), 0.9f), TestMask.Record(TestMask.Draw(".##."), 0.8f)]);

        var both = new MaskSelectionOptions { NmsThreshold = 0.7, Disjoint = DisjointRule.Smaller }.Apply(masks);

        Assert.Same(masks[0], both.Single());
        Assert.Same(masks, new MaskSelectionOptions().Apply(masks));
    }

    private static MaskSet Random(Random random, int count) => new(
        new ImageSize(9, 7),
        [.. Enumerable.Range(0, count).Select(_ => TestMask.Record(TestMask.Random(random, 9, 7), random.Next(4) / 4f))]);

    // Pixel by pixel: of the masks that have it the one that the rule names gets it.
    private static bool[][,] ByPixels(MaskSet masks, DisjointRule rule)
    {
        var results = masks.Select(_ => new bool[9, 7]).ToArray();
        for (var x = 0; x < 9; x++)
        {
            for (var y = 0; y < 7; y++)
            {
                var having = Enumerable.Range(0, masks.Count).Where(index => masks[index].Segmentation.Contains(x, y));
                var first = rule == DisjointRule.Smaller
                    ? having.OrderBy(index => masks[index].Area)
                    : having.OrderByDescending(index => masks[index].PredictedIou);
                foreach (var index in first.Take(1))
                {
                    results[index][x, y] = true;
                }
            }
        }

        return results;
    }
}
