using FsCheck.Xunit;
using MaskGen.ML.Generation;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Generation;

public class CandidatePoolTests
{
    [Property]
    public void Keep_SettledOnTheWay_GivesWhatOneSuppressionAtTheEndGives(int seed, byte count)
    {
        var random = new Random(seed);
        var candidates = Enumerable.Range(0, count % 60).Select(_ => Candidate(random)).ToList();
        var pool = new CandidatePool(0.4f);

        foreach (var candidate in candidates)
        {
            pool.Add(candidate);
            if (random.Next(5) == 0)
            {
                pool.Settle();
            }
        }

        var expected = BoxNms.Keep(
            [.. candidates.Select(candidate => candidate.BoxInImage)], [.. candidates.Select(candidate => candidate.PredictedIou)], 0.4f);
        Assert.Equal(expected.Select(index => candidates[index]), pool.Keep());
    }

    [Fact]
    public void Settle_SuppressedCandidates_LetGoOfTheirMasks()
    {
        var random = new Random(1);
        var pool = new CandidatePool(0.4f);
        var candidates = Enumerable.Range(0, 200).Select(_ => Candidate(random)).ToList();
        candidates.ForEach(pool.Add);

        pool.Settle(TestContext.Current.CancellationToken);

        Assert.Equal(pool.LeadingCount, candidates.Count(candidate => candidate.MaskInCrop is not null));
        Assert.True(pool.LeadingCount < 100);
    }

    [Fact]
    public void Settle_WithoutSuppression_KeepsAllMasks()
    {
        var random = new Random(1);
        var pool = new CandidatePool(1);
        var candidates = Enumerable.Range(0, 20).Select(_ => Candidate(random)).ToList();
        candidates.ForEach(pool.Add);

        pool.Settle(TestContext.Current.CancellationToken);

        Assert.All(candidates, candidate => Assert.NotNull(candidate.MaskInCrop));
    }

    private static MaskCandidate Candidate(Random random)
    {
        var (x, y) = (random.Next(12), random.Next(12));
        return new MaskCandidate
        {
            Crop = new ImageCrop(0, 0, 0, new ImageSize(30, 30)),
            Point = 0,
            Output = 0,
            PredictedIou = random.Next(20) / 20f,
            ObjectScoreLogit = 0,
            StabilityScore = 1,
            BoxInImage = new BoxXyxy(x, y, x + 1 + random.Next(15), y + 1 + random.Next(15)),
            MaskInCrop = RunLengthEncoding.FromCounts(new ImageSize(1, 1), [1]),
        };
    }
}
