using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Checkpoints;

namespace MaskGen.ML.Tests.Results;

/// <summary>Damaged result files are read, refused with the documented exception, or known as not ours; nothing else happens, and memory
/// stays in proportion.</summary>
public class ResultFileFuzzTests
{
    // Fixed buffers, and what strings and JSON documents take for each byte of the file.
    private const long FixedCost = 4 << 20;
    private const int CostPerByte = 200;

    private static readonly byte[] Records = ResultSamples.Bytes(ResultKind.Records);
    private static readonly byte[] Prompted =
        ResultSamples.Bytes(ResultKind.Records, ResultSamples.Origin with { Mode = ResultOrigin.Prompt });
    private static readonly Dictionary<ResultKind, byte[]> Results =
        ResultSamples.AllKinds.ToDictionary(kind => kind, kind => ResultSamples.Bytes(kind));
    private static readonly byte[] LabelMePolygons = Results[LabelMeJson.Kind];
    private static readonly byte[] LabelMeMasks = LabelMe();
    private static readonly byte[][] Images = [Results[ResultKind.Overlay], Saved("a.jpg"), Saved("a.webp")];

    [Property(MaxTest = 4000)]
    public void Records_Mutated_AreReadOrRefused(DoNotSize<int> seed)
    {
        var bytes = Mutation.Apply(seed.Item % 2 == 0 ? Records : Prompted, seed.Item);
        Allow(bytes, () => MasksJsonReader.Parse(bytes, "x"));
    }

    [Property(MaxTest = 3000)]
    public void LabelMe_Mutated_IsReadOrRefused(DoNotSize<int> seed)
    {
        var bytes = Mutation.Apply(seed.Item % 2 == 0 ? LabelMePolygons : LabelMeMasks, seed.Item);
        Allow(bytes, () => MasksJsonReader.ParseJson(bytes, "x", LabelMeReader.Read));
    }

    [Property(MaxTest = 3000)]
    public void Page_Mutated_IsReadOrRefused(DoNotSize<int> seed)
    {
        var bytes = Mutation.Apply(Results[ResultKind.Page], seed.Item, hotLength: 2500);
        Allow(bytes, () => HtmlReportSummary.Read(new MemoryStream(bytes), "x"));
        Allow(
            bytes,
            () => Assert.False(HtmlEnd.IsWhole(new MemoryStream(bytes)) && !bytes.AsSpan().SequenceEqual(Results[ResultKind.Page])));
    }

    [Property(MaxTest = 2000)]
    public void AnyResult_Mutated_IsOursOrNot(DoNotSize<int> seed)
    {
        var kind = ResultSamples.AllKinds[(uint)seed.Item % (uint)Results.Count];
        var bytes = Mutation.Apply(Results[kind], seed.Item, hotLength: 1500);
        Allow(bytes, () =>
        {
            foreach (var asked in ResultSamples.AllKinds)
            {
                ResultFile.Inspect(new MemoryStream(bytes), asked);
            }
        });
    }

    [Property(MaxTest = 3000)]
    public void Image_Mutated_HasAStampOrNone(DoNotSize<int> seed)
    {
        var bytes = Mutation.Apply(Images[(uint)seed.Item % (uint)Images.Length], seed.Item, hotLength: 1000);
        Allow(bytes, () => ImageStamp.TryRead(new MemoryStream(bytes)));
    }

    [Fact]
    public void Mutation_OfRecords_LetsSomeThrough()
    {
        // Otherwise the property above would only ever see the first check.
        var read = Enumerable.Range(0, 500).Count(seed =>
        {
            try
            {
                MasksJsonReader.Parse(Mutation.Apply(Records, seed), "x");
                return true;
            }
            catch (InvalidDataException)
            {
                return false;
            }
        });
        Assert.InRange(read, 1, 499);
    }

    [Theory]
    [InlineData(2147483647, 1, "0oooo1")]
    [InlineData(1, 2147483647, "0ooooo1")]
    [InlineData(0, 0, "00000000")]
    public void Records_OfGreatClaims_AreReadOrRefusedAtOnce(int width, int height, string counts)
    {
        var mask = $$"""{"segmentation":{"size":[{{height}},{{width}}],"counts":"{{counts}}"},"area":0,"bbox":[0,0,0,0]}""";
        var bytes = System.Text.Encoding.UTF8.GetBytes(
            $$"""{"image":"a","width":{{width}},"height":{{height}},"model":"m","masks":[{{mask}}]}""");
        Allow(bytes, () => MasksJsonReader.Parse(bytes, "x"));
    }

    private static byte[] LabelMe()
    {
        using var folder = new TestFolder();
        LabelMeJson.Save(folder["a.json"], "a.png", ResultSamples.Masks, ShapeForm.Masks, null, new ResultStamp(LabelMeJson.Kind));
        return File.ReadAllBytes(folder["a.json"]);
    }

    private static byte[] Saved(string name)
    {
        using var folder = new TestFolder();
        MaskOverlay.Save(folder[name], ResultSamples.Image, ResultSamples.Masks);
        return File.ReadAllBytes(folder[name]);
    }

    private static void Allow(byte[] bytes, Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            action();
        }
        catch (InvalidDataException e)
        {
            Assert.StartsWith("x: ", e.Message, StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, FixedCost + ((long)CostPerByte * bytes.Length));
    }
}
