using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Sam2;

/// <summary>The limits of a configuration: the official ones are inside with room, and what would take all memory or for ever is
/// not.</summary>
public class Sam2ModelConfigValidatorTests
{
    [Theory]
    [InlineData("tiny")]
    [InlineData("small")]
    [InlineData("base_plus")]
    [InlineData("large")]
    public void Validate_OfficialArchitectureAtTwiceTheSize_Passes(string size)
    {
        var config = TestModel.Config($"official/{size}");
        foreach (var imageSize in new[] { 256, 512, 768, 1024, 1280, 1536, 2048 })
        {
            Sam2ModelConfigValidator.Validate(config with { ImageSize = imageSize }, "x");
        }
    }

    [Theory]
    [InlineData("tiny", 142)]
    [InlineData("large", 906)]
    public void Cost_Official_IsNearTheFigureAddedUpByHand(string size, double trunkBillions)
    {
        // The trunk alone by a script; neck and position embedding add a few per cent.
        var cost = Sam2ModelCost.Of(TestModel.Config($"official/{size}"));
        Assert.InRange(cost.MultiplyAdds / 1e9, trunkBillions, trunkBillions * 1.08);
        var parameters = Sam2CheckpointContract.RequiredTensors(TestModel.Config($"official/{size}")).Values.Sum(
            p => p.Shape.Aggregate(1L, (a, b) => a * b));
        Assert.InRange(cost.Parameters, parameters * 0.97, parameters * 1.03);
    }

    [Fact]
    public void Validate_GlobalAttentionOnTheFinestMap_NamesValueAndLimit()
    {
        var config = TestModel.Config("micro") with { ImageSize = 4096 };
        Sam2ModelConfigValidator.Validate(config with { ImageSize = 1024 }, "x");
        var error = Assert.Throws<CheckpointFormatException>(
            () => Sam2ModelConfigValidator.Validate(config with { Trunk = config.Trunk with { GlobalAttentionBlocks = [0] } }, "file x"));
        Assert.Equal(
            "file x: field 'vision_config.backbone_config.global_attention_blocks': expected a model of at most 2.5e9 attention scores in a block, "
            + "found 2.2e12 with an image size of 4096.",
            error.Message);
    }

    [Fact]
    public void Validate_WorkBeyondTheBudget_Throws()
    {
        var large = TestModel.Config("official/large");
        var manyBlocks = large with { ImageSize = 2048, Trunk = large.Trunk with { BlocksPerStage = [2, 6, 72, 4] } };
        Assert.Contains("multiply-adds per image", Message(manyBlocks), StringComparison.Ordinal);
        var wide = large with { Trunk = large.Trunk with { WidthPerStage = [144, 288, 576, 8192], BlocksPerStage = [2, 6, 36, 8] } };
        Assert.Contains("parameters in all", Message(wide), StringComparison.Ordinal);
        Assert.Contains(
            "embed_dim_per_stage': expected 1 to 8192, found 8193",
            Message(large with { Trunk = large.Trunk with { WidthPerStage = [144, 288, 576, 8193] } }), StringComparison.Ordinal);
        var fine =
            large with { ImageSize = 2048,
                Trunk =
                    large.Trunk with { WidthPerStage = [576, 576, 576, 1152], BlocksPerStage = [1, 1, 1, 1], GlobalAttentionBlocks = [] } };
        Assert.Contains("elements in the largest tensor", Message(fine), StringComparison.Ordinal);
        var deep = large with { HiddenSize = 1024, MaskDecoder = large.MaskDecoder with { LayerCount = 16 } };
        Assert.Contains("num_hidden_layers", Message(deep), StringComparison.Ordinal);
        var state = large with { ImageSize = 2048, MaskDecoder = large.MaskDecoder with { LayerCount = 8 } };
        Assert.Contains("numbers per prompt", Message(state), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 8, 4, 6, 3 }, new int[0], true)]
    [InlineData(new[] { 8, 4, 6, 5 }, new int[0], true)]
    [InlineData(new[] { 8, 4, 3, 3 }, new int[0], false)]
    [InlineData(new[] { 8, 3, 6, 3 }, new int[0], false)]
    [InlineData(new[] { 1, 4, 6, 3 }, new int[0], false)]
    [InlineData(new[] { 8, 1, 6, 3 }, new int[0], false)]
    [InlineData(new[] { 8, 4, 3, 3 }, new[] { 6 }, true)]
    [InlineData(new[] { 8, 3, 6, 3 }, new[] { 3 }, true)]
    [InlineData(new[] { 1, 4, 6, 3 }, new[] { 1 }, true)]
    [InlineData(new[] { 1, 1, 1, 1 }, new[] { 1, 3, 6 }, true)]
    [InlineData(new[] { 1, 1, 1, 1 }, new[] { 1, 3 }, false)]
    public void Validate_WindowsThatPoolingHalves_MustBeEvenUnlessTheBlockIsGlobal(int[] windows, int[] global, bool isValid)
    {
        var micro = TestModel.Config("micro");
        var config = micro with { Trunk = micro.Trunk with { WindowSizePerStage = [.. windows], GlobalAttentionBlocks = [.. global] } };
        var error = Record.Exception(() => Sam2ModelConfigValidator.Validate(config, "x"));
        Assert.Equal(isValid, error is null);
        if (error is not null)
        {
            Assert.IsType<CheckpointFormatException>(error);
            Assert.Contains("window_size_per_stage", error.Message, StringComparison.Ordinal);
        }
    }

    private static string Message(Sam2ModelConfig config) =>
        Assert.Throws<CheckpointFormatException>(() => Sam2ModelConfigValidator.Validate(config, "x")).Message;
}
