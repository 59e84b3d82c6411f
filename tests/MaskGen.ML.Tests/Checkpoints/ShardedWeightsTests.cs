using System.Text.Json;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Tests.Models;

namespace MaskGen.ML.Tests.Checkpoints;

public class ShardedWeightsTests
{
    private const string Index = "model.safetensors.index.json";
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";

    [Theory]
    [InlineData(true, Index, First, Second)]
    [InlineData(false, Index, First, Second)]
    [InlineData(true, "pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin")]
    [InlineData(false, "pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin")]
    [InlineData(false, "other.safetensors.index.json", "parts/a.safetensors", "parts/b.safetensors")]
    public void FromFile_ShardsWithAnIndex_IsTheModel(bool isMeta, string index, string first, string second)
    {
        using var checkpoint = new TestCheckpoint();
        WriteShards(checkpoint, isMeta, index, first, second);
        Assert.Equal(TestCheckpoint.Expected, TestCheckpoint.FingerprintOf(checkpoint.Path));
        Assert.Equal(TestCheckpoint.Expected, TestCheckpoint.FingerprintOf(Path.Combine(checkpoint.Path, index)));
    }

    [Fact]
    public void Describe_Shards_GivesIndexAndSizeOfAll()
    {
        using var checkpoint = new TestCheckpoint();
        WriteShards(checkpoint, false, Index, First, Second);
        var description = Sam2Model.FromFile(checkpoint.Path).Describe();
        Assert.Equal(Path.Combine(checkpoint.Path, Index), description.WeightsPath);
        Assert.Equal(
            new[] { First, Second }.Sum(name => new FileInfo(Path.Combine(checkpoint.Path, name)).Length), description.WeightsBytes);
        Assert.Null(description.WeightsSha256);
    }

    [Fact]
    public void FromFile_MissingShard_NamesIt()
    {
        using var checkpoint = new TestCheckpoint();
        WriteShards(checkpoint, false, Index, First, Second);
        File.Delete(Path.Combine(checkpoint.Path, Second));
        var error = Assert.Throws<FileNotFoundException>(() => TestCheckpoint.FingerprintOf(checkpoint.Path));
        Assert.Contains(Second, error.Message, StringComparison.Ordinal);
        Assert.Contains(Index, error.Message, StringComparison.Ordinal);
        Assert.Null(MaskGen.ML.Models.Sam2ModelFiles.TryFindWeights(checkpoint.Path));
    }

    [Fact]
    public void TryFindWeights_Shards_IsTheIndex()
    {
        using var checkpoint = new TestCheckpoint();
        WriteShards(checkpoint, false, Index, First, Second);
        Assert.Equal(Path.Combine(checkpoint.Path, Index), MaskGen.ML.Models.Sam2ModelFiles.TryFindWeights(checkpoint.Path));
    }

    [Fact]
    public void FromFile_TensorThatIsNotWhereTheIndexSays_NamesBoth()
    {
        using var checkpoint = new TestCheckpoint();
        WriteShards(checkpoint, false, Index, First, Second);
        File.Copy(Path.Combine(checkpoint.Path, First), Path.Combine(checkpoint.Path, Second), overwrite: true);
        var error = Assert.Throws<CheckpointFormatException>(() => TestCheckpoint.FingerprintOf(checkpoint.Path));
        Assert.EndsWith(Second, error.CheckpointSource, StringComparison.Ordinal);
        Assert.Contains(Index, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../other.safetensors")]
    [InlineData("a/../../other.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("C:\\model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("..\\model.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a//b")]
    [InlineData("a\0b")]
    [InlineData("a\u001b[31m")]
    public void Read_FileOutsideTheFolder_IsRefused(string name)
    {
        using var folder = new TestFolder();
        folder.Write("other.safetensors", [1]);
        var path = folder.Write(
            "inner/" + Index, JsonSerializer.SerializeToUtf8Bytes(new { weight_map = new Dictionary<string, string> { ["a"] = name } }));
        var error = Assert.Throws<CheckpointFormatException>(() => ShardIndex.Read(path));
        Assert.Contains("weight_map.a", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"weight_map\": []}")]
    [InlineData("{\"weight_map\": {\"a\": 3}}")]
    [InlineData("{\"weight_map\": {\"a\": \"\\ud800\"}}")]
    [InlineData("{\"weight_map\"")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n")]
    public void Read_NoIndex_Throws(string json)
    {
        using var folder = new TestFolder();
        var path = folder.Write(Index, System.Text.Encoding.UTF8.GetBytes(json));
        Assert.Throws<CheckpointFormatException>(() => ShardIndex.Read(path));
    }

    [Fact]
    public void Read_TooManyFiles_Throws()
    {
        using var folder = new TestFolder();
        var map = Enumerable.Range(0, 1025).ToDictionary(i => $"t{i}", i => $"f{i}");
        var path = folder.Write(Index, JsonSerializer.SerializeToUtf8Bytes(new { weight_map = map }));
        Assert.Contains("1024", Assert.Throws<CheckpointFormatException>(() => ShardIndex.Read(path)).Message, StringComparison.Ordinal);
    }

    private static void WriteShards(TestCheckpoint checkpoint, bool isMeta, string index, string first, string second)
    {
        var map = new Dictionary<string, string>();
        foreach (var (file, tensors) in new[] { first, second }
            .Zip(TestCheckpoint.Tensors(isMeta).Index().GroupBy(t => t.Index % 2, t => t.Item)))
        {
            var (torch, storages) = MetaCheckpoint.Torch(tensors);
            checkpoint.Write(file, file.EndsWith(".bin", StringComparison.Ordinal)
                ? TorchFile.Save(TorchFile.StateDict(torch), storages)
                : SafetensorsBytes.Build([.. tensors.Select(t => SafetensorsBytes.Float32(t.Name, t.Shape, t.Values.Span))]));
            foreach (var tensor in tensors)
            {
                map.Add(tensor.Name, file);
            }
        }

        checkpoint.Write(index, JsonSerializer.SerializeToUtf8Bytes(new { metadata = new { total_size = 3 }, weight_map = map }));
    }
}
