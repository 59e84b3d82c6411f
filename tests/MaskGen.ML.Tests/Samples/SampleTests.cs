namespace MaskGen.ML.Tests.Samples;

public class SampleTests
{
    [Fact]
    public void ClusterMasks_OnePicture_ListsItsMasksByCluster()
    {
        using var folder = new TestFolder();
        File.Copy(Fixture.Path("images/breakfast.png"), folder["breakfast.png"]);
        var lines = SampleRunner.Run("cluster-masks.cs", folder.Path).Split('\n');
        Assert.Equal(["Cluster 1", "Cluster 2", "Cluster 3"], lines.Where(line => line.StartsWith("Cluster", StringComparison.Ordinal)).Select(line => line.Trim()));
        Assert.Contains(
            lines, line => line.Contains("breakfast.png", StringComparison.Ordinal) && line.Contains("colour (", StringComparison.Ordinal));
    }

    [Fact]
    public void PromptManyTimes_AnswersPointsAndBoxesFromTheStoredEmbeddings()
    {
        var lines = SampleRunner.Run("prompt-many-times.cs").Split('\n');
        Assert.Equal(2, lines.Count(line => line.Contains("3 mask(s)", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.Contains("1 mask(s)", StringComparison.Ordinal)));
    }
}
