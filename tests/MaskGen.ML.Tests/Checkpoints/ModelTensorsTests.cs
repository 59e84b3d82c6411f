using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class ModelTensorsTests
{
    [Theory]
    [InlineData("sam_prompt_encoder.point_embeddings.2.weight", "point_embeddings.0.weight")]
    [InlineData("image_encoder.trunk.patch_embed.projection.weight,image_encoder.trunk.patch_embed.proj.weight", "two")]
    [InlineData("image_encoder._orig_mod.trunk.pos_embed", "'image_encoder.trunk.pos_embed' and 'image_encoder._orig_mod.trunk.pos_embed'")]
    public void Find_NamesThatDoNotFit_Throws(string names, string message)
    {
        var tensors = names.Split(',').Prepend("image_encoder.trunk.pos_embed").ToDictionary(n => n, _ => new TensorDescription(TensorElementType.Float32, [1, 2]));
        var error = Assert.Throws<CheckpointFormatException>(() => ModelTensors.Find(new FormulaCheckpoint(tensors)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_PartsOfDifferentShape_Throws()
    {
        var tensors = new Dictionary<string, TensorDescription>
        {
            ["image_encoder.trunk.pos_embed"] = new(TensorElementType.Float32, [1, 2]),
            ["sam_prompt_encoder.point_embeddings.0.weight"] = new(TensorElementType.Float32, [1, 2]),
            ["sam_prompt_encoder.point_embeddings.1.weight"] = new(TensorElementType.Float32, [1, 3]),
        };
        var error = Assert.Throws<CheckpointFormatException>(() => ModelTensors.Find(new FormulaCheckpoint(tensors)));
        Assert.Equal("prompt_encoder.point_embed.weight", error.Tensor);
    }

    [Fact]
    public void Find_PartOfATypeThatIsNotRead_IsAnErrorForWhoeverReadsIt()
    {
        var tensors = new Dictionary<string, TensorDescription>
        {
            ["image_encoder.trunk.pos_embed"] = new(TensorElementType.Float32, [1, 2]),
            ["sam_prompt_encoder.point_embeddings.0.weight"] = new(TensorElementType.Float32, [1, 2]),
            ["sam_prompt_encoder.point_embeddings.1.weight"] = TensorDescription.Unreadable("I64", [1, 2]),
        };
        using var found = ModelTensors.Find(new FormulaCheckpoint(tensors));
        Assert.Equal("I64", found.Tensors["prompt_encoder.point_embed.weight"].TypeName);
    }
}
