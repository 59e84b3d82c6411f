using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class MetaNamedCheckpointTests
{
    [Fact]
    public void FromFile_SafetensorsWithMetasNames_GivesHuggingFaces()
    {
        using var expected = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        using var folder = new TestFolder();
        File.Copy(Fixture.Path("micro/config.json"), folder["config.json"]);
        using (var file = File.Create(folder["sam2_micro.safetensors"]))
        {
            WriteWithMetasNames(file, expected);
        }

        using var opened = Sam2Model.FromFile(folder["sam2_micro.safetensors"]).Open();
        Assert.Equal(expected.Tensors.Keys.Order(), opened.Weights.Tensors.Keys.Order());
        foreach (var (name, description) in expected.Tensors)
        {
            Assert.Equal(description.Shape.AsSpan(), opened.Weights.Tensors[name].Shape.AsSpan());
            Assert.Equal(expected.ReadFloat32(name).ToArray(), opened.Weights.ReadFloat32(name).ToArray());
        }
    }

    [Theory]
    [InlineData("sam_prompt_encoder.point_embeddings.2.weight", "point_embeddings.0.weight")]
    [InlineData("image_encoder.trunk.patch_embed.projection.weight,image_encoder.trunk.patch_embed.proj.weight", "two")]
    public void TranslateIfNeeded_NamesThatDoNotFit_Throws(string names, string message)
    {
        var tensors = names.Split(',').Append("image_encoder.trunk.pos_embed").ToDictionary(n => n, _ => new TensorDescription(TensorElementType.Float32, [1, 2]));
        var error = Assert.Throws<CheckpointFormatException>(() => MetaNamedCheckpoint.TranslateIfNeeded(new FormulaCheckpoint(tensors)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TranslateIfNeeded_PartsOfDifferentShape_Throws()
    {
        var tensors = new Dictionary<string, TensorDescription>
        {
            ["image_encoder.trunk.pos_embed"] = new(TensorElementType.Float32, [1, 2]),
            ["sam_prompt_encoder.point_embeddings.0.weight"] = new(TensorElementType.Float32, [1, 2]),
            ["sam_prompt_encoder.point_embeddings.1.weight"] = new(TensorElementType.Float32, [1, 3]),
        };
        var error = Assert.Throws<CheckpointFormatException>(() => MetaNamedCheckpoint.TranslateIfNeeded(new FormulaCheckpoint(tensors)));
        Assert.Equal("prompt_encoder.point_embed.weight", error.Tensor);
    }

    private static void WriteWithMetasNames(Stream file, SafetensorsReader source)
    {
        var tensors = MetaCheckpoint.Tensors(source).ToDictionary(t => t.Name);
        SafetensorsWriter.Write(
            file,
            [.. tensors.Values.Select(t => (t.Name, new TensorDescription(TensorElementType.Float32, [.. t.Shape])))],
            name => tensors[name].Values);
    }
}
