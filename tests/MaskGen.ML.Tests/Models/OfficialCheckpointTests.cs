using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models;

public class OfficialCheckpointTests
{
    [Theory]
    [MemberData(nameof(OfficialCheckpoints.Names), MemberType = typeof(OfficialCheckpoints))]
    public void Open_PublishedFile_HasTheApprovedTensors(string name)
    {
        using var opened = OfficialCheckpoints.Require(name).Open();
        var size = Sam2OfficialModel.All.Single(m => m.Name == name).Size;
        using var approved = Sam2ArchitectureDetectorTests.Official(size);

        Assert.Equal(size, OfficialArchitectures.SizeOf(opened.Config));
        Assert.Equal(approved.Tensors.Keys.Order(), opened.Weights.Tensors.Keys.Order());
        Assert.All(approved.Tensors, t => Assert.Equal(t.Value.Shape.AsSpan(), opened.Weights.Tensors[t.Key].Shape.AsSpan()));
    }

    [Fact]
    public void All_EightNames_AreThePublishedOnes()
    {
        string[] sizes = ["tiny", "small", "base-plus", "large"];
        var expected = sizes.SelectMany(s => new[] { $"facebook/sam2-hiera-{s}", $"facebook/sam2.1-hiera-{s}" });
        Assert.Equal(expected.Order(), Sam2OfficialModel.All.Select(m => m.Name).Order());
        Assert.All(Sam2OfficialModel.All, m => Assert.Contains(m.Size, OfficialArchitectures.BySize.Keys));
    }
}
