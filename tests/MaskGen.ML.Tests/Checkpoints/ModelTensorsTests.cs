using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class ModelTensorsTests
{
    private const string Landmark = "vision_encoder.backbone.pos_embed";
    private const string Position = "shared_image_embedding.positional_embedding";
    private const string OtherPosition = "prompt_encoder.shared_embedding.positional_embedding";

    private static readonly string[] OfTheVideoModel =
    [
        "memory_attention.a", "memory_temporal_positional_encoding", "mask_downsample.weight", "no_object_pointer",
        "no_memory_positional_encoding", "object_pointer_proj.weight", "temporal_positional_encoding_projection_layer.weight",
        "occlusion_spatial_embedding_parameter",
    ];

    [Theory]
    [InlineData("sam_prompt_encoder.point_embeddings.2.weight", "point_embeddings.0.weight")]
    [InlineData("image_encoder.trunk.patch_embed.projection.weight,image_encoder.trunk.patch_embed.proj.weight", "two")]
    [InlineData("image_encoder._orig_mod.trunk.pos_embed", "'image_encoder.trunk.pos_embed' and 'image_encoder._orig_mod.trunk.pos_embed'")]
    public void Find_NamesThatDoNotFit_Throws(string names, string message)
    {
        var tensors = names.Split(',')
            .Prepend("image_encoder.trunk.pos_embed").ToDictionary(n => n, _ => new TensorDescription(TensorElementType.Float32, [1, 2]));
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

    [Theory]
    [InlineData(Position, OtherPosition)]
    [InlineData(OtherPosition, Position)]
    public void Find_OneNameOfThePosition_GivesBoth(string stored, string alias)
    {
        using var found = ModelTensors.Find(Formula(Landmark, stored));
        Assert.Equal(found.ReadFloat32(stored).ToArray(), found.ReadFloat32(alias).ToArray());
        Assert.Equal(3, found.Tensors.Count);
    }

    [Fact]
    public void Find_BothNamesOfThePosition_KeepsEach()
    {
        var tensors = new Dictionary<string, TensorDescription>
        {
            [Landmark] = new(TensorElementType.Float32, [2, 2]),
            [Position] = new(TensorElementType.Float32, [2, 3]),
            [OtherPosition] = new(TensorElementType.Float32, [2, 4]),
        };
        using var found = ModelTensors.Find(new FormulaCheckpoint(tensors));
        Assert.Equal([2, 3], found.Tensors[Position].Shape);
        Assert.Equal([2, 4], found.Tensors[OtherPosition].Shape);
    }

    [Fact]
    public void Find_TensorsOfTheVideoModel_AreLeftOut()
    {
        using var found = ModelTensors.Find(Formula([Landmark, "mask_decoder.a", .. OfTheVideoModel]));
        Assert.Equal([Landmark, "mask_decoder.a"], found.Tensors.Keys);
        Assert.Equal("no_object_pointer", Assert.Throws<CheckpointFormatException>(() => found.ReadFloat32("no_object_pointer")).Tensor);
    }

    private static FormulaCheckpoint Formula(params string[] names) =>
        new(names.ToDictionary(n => n, _ => new TensorDescription(TensorElementType.Float32, [2, 2])));
}
