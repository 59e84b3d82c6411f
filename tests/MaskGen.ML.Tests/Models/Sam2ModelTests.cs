using System.Text;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Models;

public class Sam2ModelTests
{
    [Theory]
    [InlineData("micro")]
    [InlineData("micro/model.safetensors")]
    public void FromFile_FolderOrFile_OpensConfigAndWeights(string relative)
    {
        var model = Sam2Model.FromFile(Fixture.Path(relative));
        Assert.Equal(Fixture.Path(relative), model.Name);
        Assert.Equal(RecommendedThresholds.Official, model.RecommendedThresholds);
        using var opened = model.Open();
        Assert.Equal(128, opened.Config.ImageSize);
        Assert.Equal([2, 16], opened.Weights.Tensors["shared_image_embedding.positional_embedding"].Shape);
    }

    [Fact]
    public void FromFile_MetadataBeside_GivesItsThresholds()
    {
        using var folder = CopyOfMicro();
        folder.Write("maskgen.json", """{"name": "mine", "recommended_thresholds": {"predicted_iou": 0.5}}"""u8.ToArray());
        var model = Sam2Model.FromFile(folder.Path);
        Assert.Equal("mine", model.Name);
        Assert.Equal(new RecommendedThresholds(0.5f, 0.95f), model.RecommendedThresholds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"name\": 1}")]
    [InlineData("{\"recommended_thresholds\": 1}")]
    [InlineData("{\"recommended_thresholds\": {\"predicted_iou\": 1.5}}")]
    [InlineData("{\"recommended_thresholds\": {\"stability_score\": \"high\"}}")]
    public void FromFile_WrongMetadata_Throws(string json)
    {
        using var folder = CopyOfMicro();
        folder.Write("maskgen.json", Encoding.UTF8.GetBytes(json));
        Assert.Throws<CheckpointFormatException>(() => Sam2Model.FromFile(folder.Path));
    }

    [Fact]
    public void FromFile_NothingThere_SaysWhatWasExpected()
    {
        using var folder = new TestFolder();
        Assert.Throws<FileNotFoundException>(() => Sam2Model.FromFile(folder.Path));
        Assert.Throws<FileNotFoundException>(() => Sam2Model.FromFile(folder["nowhere.pt"]));
        Assert.Throws<ArgumentException>(() => Sam2Model.FromFile(string.Empty));
        folder.Write("a.pt", [1]);
        folder.Write("b.pt", [1]);
        Assert.Contains("found 2", Assert.Throws<FileNotFoundException>(() => Sam2Model.FromFile(folder.Path)).Message, StringComparison.Ordinal);
        folder.Write("model.safetensors.index.json", [1]);
        Assert.Contains("split", Assert.Throws<FileNotFoundException>(() => Sam2Model.FromFile(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromOpened_DisposingWhatItOpens_LeavesTheWeightsOpen()
    {
        using var weights = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        var config = Sam2ModelConfigReader.Read(Fixture.Path("micro/config.json"));
        var model = Sam2Model.FromOpened("mine", RecommendedThresholds.Official, config, weights);
        model.Open().Dispose();
        using var opened = model.Open();
        Assert.Same(config, opened.Config);
        Assert.Equal(weights.ReadFloat32("no_memory_embedding").ToArray(), opened.Weights.ReadFloat32("no_memory_embedding").ToArray());
    }

    [Fact]
    public void FromNameOrPath_EveryForm_FindsTheModel()
    {
        using var cache = new TestFolder();
        var options = new Sam2DownloadOptions { CacheFolder = cache.Path };
        Assert.Same(Sam2Model.Nano, Sam2Model.FromNameOrPath("nano"));
        Assert.Equal(Fixture.Path("micro"), Sam2Model.FromNameOrPath(Fixture.Path("micro")).Name);
        Assert.Equal("facebook/sam2-hiera-tiny", Sam2Model.FromNameOrPath("facebook/sam2-hiera-tiny", options: options).Name);
        Assert.Equal("facebook/sam2.1-hiera-base-plus", Sam2Model.FromNameOrPath("sam2.1-hiera-base-plus", options: options).Name);
        Assert.Equal("someone/else", Sam2Model.FromNameOrPath("someone/else", options: options).Name);
    }

    [Theory]
    [InlineData("nowhere/model.safetensors", typeof(FileNotFoundException))]
    [InlineData("nowhere.pt", typeof(FileNotFoundException))]
    [InlineData("./nowhere", typeof(FileNotFoundException))]
    [InlineData("/nowhere/at/all", typeof(FileNotFoundException))]
    [InlineData("pico", typeof(ArgumentException))]
    [InlineData("a/b/c", typeof(ArgumentException))]
    [InlineData("", typeof(ArgumentException))]
    public void FromNameOrPath_Nothing_Throws(string name, Type error) => Assert.Throws(error, () => Sam2Model.FromNameOrPath(name));

    [Fact]
    public void Describe_Nano_SaysWhatItIs()
    {
        var description = Sam2Model.Nano.Describe();
        Assert.Equal("nano", description.Name);
        Assert.Null(description.OfficialSize);
        Assert.Equal(512, description.ImageSize);
        Assert.Equal(128, description.EmbeddingChannels);
        Assert.Equal([32, 64, 128, 256], description.StageWidths);
        Assert.Equal([1, 2, 4, 1], description.StageBlocks);
        Assert.Equal(2_479_281 - 128, description.ParameterCount);
        Assert.Equal(["F16"], description.StoredTypes);
        Assert.Null(description.WeightsPath);
        Assert.Null(description.WeightsSha256);
    }

    [Fact]
    public void Describe_File_GivesItsSizeAndHash()
    {
        var path = Fixture.Path("micro/model.safetensors");
        var description = Sam2Model.FromFile(path).Describe();
        Assert.Equal(path, description.WeightsPath);
        Assert.Equal(new FileInfo(path).Length, description.WeightsBytes);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))), description.WeightsSha256);
        Assert.Equal(["F32"], description.StoredTypes);
    }

    private static TestFolder CopyOfMicro()
    {
        var folder = new TestFolder();
        File.Copy(Fixture.Path("micro/config.json"), folder["config.json"]);
        File.Copy(Fixture.Path("micro/model.safetensors"), folder["model.safetensors"]);
        return folder;
    }
}
