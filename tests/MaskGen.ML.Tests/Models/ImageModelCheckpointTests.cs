using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models;

public class ImageModelCheckpointTests
{
    private const string Position = "shared_image_embedding.positional_embedding";
    private const string OtherPosition = "prompt_encoder.shared_embedding.positional_embedding";

    [Theory]
    [InlineData(Position, OtherPosition)]
    [InlineData(OtherPosition, Position)]
    public void Tensors_OneNameOfThePosition_GivesBoth(string stored, string alias)
    {
        using var checkpoint = new ImageModelCheckpoint(Formula(stored));
        Assert.Equal(checkpoint.ReadFloat32(stored).ToArray(), checkpoint.ReadFloat32(alias).ToArray());
        Assert.Equal(2, checkpoint.Tensors.Count);
    }

    [Fact]
    public void Tensors_OfTheVideoModel_AreLeftOut()
    {
        using var checkpoint = new ImageModelCheckpoint(Formula("mask_decoder.a", "memory_attention.a", "memory_temporal_positional_encoding", "mask_downsample.weight", "no_object_pointer", "no_memory_positional_encoding", "object_pointer_proj.weight", "temporal_positional_encoding_projection_layer.weight", "occlusion_spatial_embedding_parameter"));
        Assert.Equal(["mask_decoder.a"], checkpoint.Tensors.Keys);
        Assert.Equal("no_object_pointer", Assert.Throws<CheckpointFormatException>(() => checkpoint.ReadFloat32("no_object_pointer")).Tensor);
    }

    private static FormulaCheckpoint Formula(params string[] names) =>
        new(names.ToDictionary(n => n, _ => new TensorDescription(TensorElementType.Float32, [2, 2])));
}
