using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>What every format with a file per image must do when a run is resumed.</summary>
public class FormatResumeTests
{
    /// <summary>Formats with files per image.</summary>
    public static TheoryData<string> Names =>
        [.. ResultFormats.All.Where(format => format.FileOfImage is not null).Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void IsDone_WrittenAndUntouched_IsDoneAndOnlyForTheSameWork(string format)
    {
        using var run = new FormatRun(format);
        run.Write("a.png", FormatCases.Masks("ring"));
        run.Write("b.png", FormatCases.Masks("pixel"));

        Assert.True(run.IsDone("a.png"));
        Assert.True(run.IsDone("b.png"));
        Assert.False(run.IsDone("a.png", sha256: new string('c', 64)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void IsDone_AnyFileMissingCutOrChanged_IsNotDone(string format)
    {
        using var run = new FormatRun(format);
        run.Write("a.png", FormatCases.Masks("ring"));
        foreach (var name in run.Files.ToList())
        {
            var whole = File.ReadAllBytes(run[name]);
            var changed = whole.ToArray();
            changed[^30] ^= 1;
            foreach (var fault in new[] { [], whole[..(whole.Length / 2)], whole[..^1], changed })
            {
                File.WriteAllBytes(run[name], fault);
                Assert.False(IsDone(), $"{name} of {fault.Length} bytes");
            }

            File.Delete(run[name]);
            Assert.False(IsDone(), $"without {name}");
            File.WriteAllBytes(run[name], whole);
            Assert.True(IsDone());
        }

        bool IsDone()
        {
            try
            {
                return run.IsDone("a.png");
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData("yolo")]
    [InlineData("labelme")]
    [InlineData("labelstudio")]
    [InlineData("geojson")]
    [InlineData("svg")]
    public void IsDone_OtherTolerance_IsNotDone(string format)
    {
        using var first = new FormatRun(format);
        first.Write("a.png", FormatCases.Masks("ring"));
        using var second = new FormatRun(format, new ResultFormatOptions { PolygonTolerance = 0.25 }, first);

        Assert.False(second.IsDone("a.png"));
        second.Write("a.png", FormatCases.Masks("ring"));
        Assert.True(second.IsDone("a.png"));
        Assert.False(first.IsDone("a.png"));
    }

    [Fact]
    public void IsDone_OtherCutouts_IsNotDone()
    {
        using var first = new FormatRun("cutout");
        first.Write("a.png", FormatCases.Masks("ring"));
        using var whole = new FormatRun("cutout", new ResultFormatOptions { CutoutCanvas = true }, first);
        using var soft = new FormatRun("cutout", new ResultFormatOptions { CutoutSoftEdge = 3 }, first);

        Assert.False(whole.IsDone("a.png"));
        Assert.False(soft.IsDone("a.png"));
    }

    [Theory]
    [MemberData(nameof(FormatCases.ImageNames), MemberType = typeof(FormatCases))]
    public void Write_OddNames_EveryFormatKeepsThem(string name)
    {
        foreach (var format in ResultFormats.All)
        {
            using var run = new FormatRun(format.Name);
            run.Write(name, FormatCases.Masks("ring"));
            run.Complete();

            Assert.True(format.FileOfImage is null || run.IsDone(name), format.Name);
            Assert.NotEmpty(run.Files);
        }
    }
}
