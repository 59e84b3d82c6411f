using System.Text;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Models;

public class Sam2ModelTests
{
    [Theory]
    [InlineData("micro", "micro")]
    [InlineData("micro/", "micro")]
    [InlineData("micro/model.safetensors", "model.safetensors")]
    [InlineData("micro/../micro/micro.pt", "micro.pt")]
    [InlineData("micro/.", "micro")]
    public void FromFile_FolderOrFile_OpensConfigAndWeightsAndHasItsNameWithoutThePath(string relative, string name)
    {
        var model = Sam2Model.FromFile(Fixture.Path(relative));
        Assert.Equal(name, model.Name);
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
        Assert.Equal(new RecommendedThresholds { PredictedIou = 0.5f, StabilityScore = 0.95f }, model.RecommendedThresholds);
    }

    [Theory]
    [InlineData("\\u001b[31mred\\u0007", "?[31mred?")]
    [InlineData("two\\nlines\\u202e", "two?lines?")]
    [InlineData("  spaces\\t ", "spaces?")]
    [InlineData("   ", "model.safetensors")]
    [InlineData("", "model.safetensors")]
    [InlineData("ä€😀", "ä€😀")]
    public void FromFile_NameInMetadata_IsFitToBeShownAndSaved(string name, string expected)
    {
        using var folder = CopyOfMicro();
        folder.Write("maskgen.json", Encoding.UTF8.GetBytes($"{{\"name\": \"{name}\"}}"));
        Assert.Equal(expected, Sam2Model.FromFile(folder["model.safetensors"]).Name);
    }

    [Fact]
    public void CleanName_Long_IsCutBetweenCharacters()
    {
        Assert.Equal(new string('x', 200), Sam2ModelMetadata.CleanName(new string('x', 300)));
        Assert.Equal(new string('x', 199), Sam2ModelMetadata.CleanName(new string('x', 199) + "😀"));
        Assert.Equal(new string('x', 198) + "😀", Sam2ModelMetadata.CleanName(new string('x', 198) + "😀"));
    }

    [Fact]
    public void FromFile_FileNameWithControlCharacters_IsClean()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        using var folder = CopyOfMicro();
        File.Move(folder["model.safetensors"], folder["a\u001b[2Jb.safetensors"]);
        Assert.Equal("a?[2Jb.safetensors", Sam2Model.FromFile(folder["a\u001b[2Jb.safetensors"]).Name);
    }

    [Fact]
    public void FromFile_ByteOrderMarks_AreAccepted()
    {
        using var folder = CopyOfMicro();
        var config = File.ReadAllText(folder["config.json"]);
        foreach (var encoding in new[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            File.WriteAllText(folder["config.json"], config, encoding);
            File.WriteAllText(folder["maskgen.json"], "{\"name\": \"mine\"}", encoding);
            var model = Sam2Model.FromFile(folder.Path);
            Assert.Equal("mine", model.Name);
            using var opened = model.OpenVerified();
            Assert.Equal(TestCheckpoint.Expected, opened.Fingerprint);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"name\": 1}")]
    [InlineData("{\"name\": \"\\ud800\"}")]
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
        Assert.Contains(
            "found 2", Assert.Throws<FileNotFoundException>(() => Sam2Model.FromFile(folder.Path)).Message, StringComparison.Ordinal);
        File.Delete(folder["b.pt"]);
        folder.Write("._a.pt", [1]);
        Assert.Equal(Path.GetFileName(folder.Path), Sam2Model.FromFile(folder.Path).Name);
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
        Assert.Same(Sam2Model.Nano, Sam2Model.FromNameOrPath("NANO"));
        Assert.Equal("micro", Sam2Model.FromNameOrPath(Fixture.Path("micro")).Name);
        Assert.Equal("facebook/sam2-hiera-tiny", Sam2Model.FromNameOrPath("facebook/sam2-hiera-tiny", options: options).Name);
        Assert.Equal("facebook/sam2.1-hiera-base-plus", Sam2Model.FromNameOrPath("sam2.1-hiera-base-plus", options: options).Name);
        Assert.Equal("someone/else", Sam2Model.FromNameOrPath("someone/else", options: options).Name);
    }

    [Theory]
    [InlineData("nowhere/model.safetensors", typeof(FileNotFoundException))]
    [InlineData("nowhere.pt", typeof(FileNotFoundException))]
    [InlineData("nowhere/last.ckpt", typeof(FileNotFoundException))]
    [InlineData("someone/model.bin", typeof(FileNotFoundException))]
    [InlineData("someone/model.safetensors.index.json", typeof(FileNotFoundException))]
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
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))), description.WeightsSha256);
        Assert.Equal(["F32"], description.StoredTypes);
    }

    [Fact]
    public void FromFile_FolderCalledNano_IsNotTheModelOfThatName()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["nano"]);
        File.Copy(Fixture.Path("micro/config.json"), folder["nano/config.json"]);
        File.Copy(Fixture.Path("micro/model.safetensors"), folder["nano/model.safetensors"]);
        var model = Sam2Model.FromNameOrPath(folder["nano"]);
        Assert.NotSame(Sam2Model.Nano, model);
        Assert.Equal("nano", model.Name);
        using var opened = model.Open();
        Assert.Equal(128, opened.Config.ImageSize);
    }

    private static TestFolder CopyOfMicro()
    {
        var folder = new TestFolder();
        File.Copy(Fixture.Path("micro/config.json"), folder["config.json"]);
        File.Copy(Fixture.Path("micro/model.safetensors"), folder["model.safetensors"]);
        return folder;
    }
}
