using MaskGen.ML.Tests.Notebooks;

namespace MaskGen.ML.Tests.Samples;

public class SampleTests
{
    [Fact]
    public void SegmentEverything_ListsTheBestAndDrawsAll()
    {
        using var folder = new TestFolder();

        var lines = SampleRunner.Run("segment-everything.cs", Fixture.Path("images/still-life.png"), folder["out/overlay.png"]).Split('\n');

        Assert.Equal(5, lines.Count(line => line.Contains("predicted IoU", StringComparison.Ordinal)));
        Assert.Equal(new ImageSize(960, 640), RgbImage.Load(folder["out/overlay.png"]).Size);
    }

    [Fact]
    public void PointPrompts_AnswersOnePointSeveralAndAnEarlierMask()
    {
        using var folder = new TestFolder();

        var lines = SampleRunner.Run("point-prompts.cs", folder["out/overlay.png"]).Split('\n');

        Assert.Equal(["one", "one", "one", "five", "refined:"], lines.Where(line => line.Contains("pixels", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]));
        Assert.True(File.Exists(folder["out/overlay.png"]));
    }

    [Fact]
    public void BoxPrompts_AnswersEveryBox()
    {
        using var folder = new TestFolder();

        var lines = SampleRunner.Run("box-prompts.cs", folder["out/overlay.png"]).Split('\n');

        Assert.Equal(4, lines.Count(line => line.StartsWith("box ", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.StartsWith("a box and two points", StringComparison.Ordinal));
        Assert.True(File.Exists(folder["out/overlay.png"]));
    }

    [Fact]
    public void Folder_HasATwinOfEveryNotebook()
    {
        var samples = Directory.GetFiles(SampleRunner.Folder(), "*.cs").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);

        Assert.Equal(NotebookTests.Names.Select(row => row.Data).Append("prompt-many-times").Order(StringComparer.Ordinal), samples);
    }

    [Fact]
    public void MlNetPipeline_OnePicture_ListsItsMasksByClusterAndDrawsThem()
    {
        using var folder = new TestFolder();
        File.Copy(Fixture.Path("images/breakfast.png"), folder["breakfast.png"]);

        var lines = SampleRunner.Run("ml-net-pipeline.cs", folder.Path, folder["overlays"]).Split('\n');

        Assert.Equal(
            Enumerable.Range(1, 6).Select(cluster => $"Cluster {cluster}"),
            lines.Where(line => line.StartsWith("Cluster", StringComparison.Ordinal)).Select(line => line.Split(':')[0]));
        Assert.Contains(lines, line => line.StartsWith("  breakfast.png: 1 (", StringComparison.Ordinal));
        foreach (var overlay in new[] { "overlays/breakfast.masks.png", "overlays/breakfast.clusters.png" })
        {
            Assert.Equal(RgbImage.Load(folder["breakfast.png"]).Size, RgbImage.Load(folder[overlay]).Size);
        }
    }

    [Fact]
    public void PromptManyTimes_AnswersPointsAndBoxesFromTheStoredEmbeddings()
    {
        var lines = SampleRunner.Run("prompt-many-times.cs").Split('\n');
        Assert.Equal(2, lines.Count(line => line.Contains("3 mask(s)", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.Contains("1 mask(s)", StringComparison.Ordinal)));
    }
}
