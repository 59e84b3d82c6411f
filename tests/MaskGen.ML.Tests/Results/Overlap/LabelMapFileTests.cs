using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class LabelMapFileTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void Save_MoreThanFitsIntoMemoryAtOnce_IsTheFileOfTheMap(int count)
    {
        // Above the number of pixels that are painted together, so that there are several portions.
        var size = new ImageSize(5003, 4001);
        var random = new Random(count);
        var masks = new MaskSet(size, [.. Enumerable.Range(0, count).Select(_ => Rectangle(size, random))]);
        using var folder = new TestFolder();

        LabelMap.FromMasks(masks).SavePng(folder["whole.png"]);
        LabelMapFile.Save(folder["rows.png"], masks, new ResultStamp(ResultKind.Labels));

        Assert.True(File.ReadAllBytes(folder["whole.png"]).AsSpan().SequenceEqual(File.ReadAllBytes(folder["rows.png"])));
    }

    private static MaskRecord Rectangle(ImageSize size, Random random)
    {
        var (left, top) = (random.Next(size.Width - 900), random.Next(size.Height - 900));
        var (width, height) = (random.Next(1, 900), random.Next(1, 900));
        var counts = new List<int> { (left * size.Height) + top };
        for (var x = 0; x < width; x++)
        {
            counts.Add(height);
            counts.Add(size.Height - height);
        }

        counts[^1] = (int)(size.PixelCount - counts.Take(counts.Count - 1).Sum(run => (long)run));
        return MaskRecord.From(RunLengthEncoding.FromCounts(size, counts.ToArray()));
    }
}
