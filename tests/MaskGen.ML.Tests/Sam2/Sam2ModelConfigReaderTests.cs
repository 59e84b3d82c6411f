using System.Text;
using System.Text.Json.Nodes;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Sam2;

public class Sam2ModelConfigReaderTests
{
    [Fact]
    public void Parse_Empty_GivesTinysDefaults()
    {
        var config = Parse("{}");
        Assert.Equal(Text(new Sam2ModelConfig()), Text(config));
        Assert.Equal(Text(Sam2ModelConfigReader.Read(Fixture.Path("official/tiny/config.json"))), Text(config));
    }

    [Fact]
    public void Read_Micro_GivesItsArchitecture()
    {
        var config = Sam2ModelConfigReader.Read(Fixture.Path("micro/config.json"));
        Assert.Equal(128, config.ImageSize);
        Assert.Equal(32, config.HiddenSize);
        Assert.Equal([1, 2, 3, 2], config.Trunk.BlocksPerStage);
        Assert.Equal([16, 32, 64, 128], config.Trunk.WidthPerStage);
        Assert.Equal([2, 4, 8, 16], config.Trunk.HeadsPerStage);
        Assert.Equal([8, 4, 6, 3], config.Trunk.WindowSizePerStage);
        Assert.Equal([4, 5], config.Trunk.GlobalAttentionBlocks);
        Assert.Equal((7, 7), config.Trunk.BackgroundPositionSize);
        Assert.Equal(64, config.MaskDecoder.MlpSize);
        Assert.Equal(32, config.MaskDecoder.IouHeadHiddenSize);
    }

    [Theory]
    [InlineData("micro")]
    [InlineData("nano")]
    [InlineData("official/tiny")]
    [InlineData("official/small")]
    [InlineData("official/base_plus")]
    [InlineData("official/large")]
    public void Write_ReadBack_IsEqual(string model)
    {
        var config = Sam2ModelConfigReader.Read(Fixture.Path(model + "/config.json"));
        Assert.Equal(Text(config), Text(Sam2ModelConfigReader.Parse(Sam2ModelConfigWriter.Write(config), "written")));
    }

    [Fact]
    public void Parse_VideoModelWithNumbersForLists_IsRead()
    {
        var config = Parse("""
            {"model_type": "sam2_video", "image_size": 1024, "memory_attention_num_layers": 4, "vision_config": {"backbone_config": {
              "patch_kernel_size": 7, "patch_stride": 4, "patch_padding": 3, "query_stride": 2, "image_size": null,
              "window_positional_embedding_background_size": [14, 7]}}}
            """);
        Assert.Equal((14, 7), config.Trunk.BackgroundPositionSize);
        Assert.Equal(7, config.Trunk.PatchKernelSize);
    }

    [Theory]
    [InlineData("model_type", "\"sam\"", "expected sam2 or sam2_video, found \"sam\"")]
    [InlineData("model_type", "3", "expected sam2")]
    [InlineData("vision_config", "[]", "expected an object")]
    [InlineData("prompt_encoder_config.image_size", "512", "expected")]
    [InlineData("prompt_encoder_config.hidden_size", "64", "expected 256, as vision_config.fpn_hidden_size, found 64")]
    [InlineData("mask_decoder_config.hidden_size", "64", "expected")]
    [InlineData("vision_config.backbone_config.image_size", "[1024, 512]", "same height and width")]
    [InlineData("vision_config.backbone_config.hidden_size", "112", "expected 96, the first of embed_dim_per_stage, found 112")]
    [InlineData("vision_config.backbone_config.num_attention_heads", "2", "expected 1")]
    [InlineData("vision_config.backbone_config.blocks_per_stage", "[1, 2, 7]", "4 numbers, one per stage")]
    [InlineData("vision_config.backbone_config.blocks_per_stage", "[1, 2, 7, 0]", "expected 1 to")]
    [InlineData("vision_config.backbone_config.blocks_per_stage", "[1, 2, 7, 1e9]", "whole number")]
    [InlineData("vision_config.backbone_config.num_attention_heads_per_stage", "[1, 2, 5, 8]", "a divisor of 384 channels, found 5")]
    [InlineData("vision_config.backbone_config.window_size_per_stage", "[7, 4, 14, 7]", "divides the map's side 256")]
    [InlineData("vision_config.backbone_config.window_size_per_stage", "[8, 4, 1024, 7]", "expected 1 to 64, found 1024")]
    [InlineData("vision_config.backbone_config.window_size_per_stage", "[8, 1, 14, 7]", "multiples of 2 for all stages but the last")]
    [InlineData("vision_config.backbone_config.window_size_per_stage", "[8, 4, 13, 7]", "(block 10)")]
    [InlineData("vision_config.backbone_config.window_size_per_stage", "[1, 4, 14, 7]", "(block 1)")]
    [InlineData("vision_config.backbone_config.image_size", "[2080, 2080]", "expected")]
    [InlineData("vision_config.backbone_config.blocks_per_stage", "[1, 2, 250, 4]", "expected 4 to 256, found 257")]
    [InlineData("vision_config.backbone_config.window_positional_embedding_background_size", "[257, 7]", "expected 1 to 256")]
    [InlineData("vision_config.backbone_config.patch_kernel_size", "[65, 65]", "expected 1 to 64")]
    [InlineData("mask_decoder_config.num_attention_heads", "128", "expected 1 to 64, found 128")]
    [InlineData("vision_config.backbone_config.num_attention_heads_per_stage", "[1, 2, 384, 8]", "expected 1 to 256, found 384")]
    [InlineData("mask_decoder_config.num_hidden_layers", "17", "expected 1 to 16, found 17")]
    [InlineData("mask_decoder_config.num_multimask_outputs", "17", "expected 1 to 16, found 17")]
    [InlineData("mask_decoder_config.mlp_dim", "16385", "expected 1 to 16384, found 16385")]
    [InlineData("mask_decoder_config.iou_head_depth", "17", "expected 2 to 16, found 17")]
    [InlineData("prompt_encoder_config.mask_input_channels", "1028", "expected 4 to 1024, found 1028")]
    [InlineData("vision_config.backbone_config.global_attention_blocks", "[5, 12]", "expected 0 to 11, found 12")]
    [InlineData("vision_config.backbone_config.global_attention_blocks", "[5, 5]", "each number once")]
    [InlineData("vision_config.backbone_config.global_attention_blocks", "\"all\"", "a list")]
    [InlineData("vision_config.backbone_config.window_positional_embedding_background_size", "[7, 7, 7]", "list of two")]
    [InlineData("vision_config.backbone_config.window_positional_embedding_background_size", "[0, 7]", "expected 1 to")]
    [InlineData("vision_config.backbone_config.patch_stride", "[8, 8]", "expected 4, found 8")]
    [InlineData("vision_config.backbone_config.patch_padding", "[4, 4]", "expected 2 to 3, found 4")]
    [InlineData("vision_config.backbone_config.query_stride", "[4, 4]", "expected 2, found 4")]
    [InlineData("vision_config.backbone_config.num_query_pool_stages", "2", "expected 3, found 2")]
    [InlineData("vision_config.backbone_config.hidden_act", "\"relu\"", "expected gelu, found \"relu\"")]
    [InlineData("vision_config.backbone_config.num_channels", "4", "expected 3, found 4")]
    [InlineData("vision_config.backbone_config.mlp_ratio", "0", "expected 1 to")]
    [InlineData("vision_config.backbone_config.mlp_ratio", "1e300", "finite number")]
    [InlineData("vision_config.backbone_config.layer_norm_eps", "0", "above 0")]
    [InlineData("vision_config.backbone_channel_list", "[96, 192, 384, 768]", "last one first")]
    [InlineData("vision_config.fpn_top_down_levels", "[2, 4]", "expected 0 to 3, found 4")]
    [InlineData("vision_config.fpn_kernel_size", "3", "expected 1, found 3")]
    [InlineData("vision_config.num_feature_levels", "4", "expected 3, found 4")]
    [InlineData("prompt_encoder_config.mask_input_channels", "6", "a multiple of 4")]
    [InlineData("prompt_encoder_config.num_point_embeddings", "5", "expected 4")]
    [InlineData("mask_decoder_config.num_attention_heads", "7", "a divisor of 256 channels, found 7")]
    [InlineData("mask_decoder_config.num_attention_heads", "0", "expected 1 to")]
    [InlineData("mask_decoder_config.attention_downsample_rate", "3", "a divisor of 256 channels, found 3")]
    [InlineData("mask_decoder_config.num_hidden_layers", "\"two\"", "whole number")]
    [InlineData("mask_decoder_config.iou_head_depth", "1", "expected 2 to")]
    [InlineData("mask_decoder_config.dynamic_multimask_via_stability", "1", "true or false")]
    [InlineData("mask_decoder_config.dynamic_multimask_stability_thresh", "1.5", "expected 0 to 1")]
    public void Parse_Contradiction_NamesTheField(string field, string value, string message)
    {
        var root = JsonNode.Parse(File.ReadAllText(Fixture.Path("official/tiny/config.json")))!;
        var names = field.Split('.');
        var parent = names[..^1].Aggregate(root, (node, name) => node[name]!);
        parent[names[^1]] = JsonNode.Parse(value);

        var error = Assert.Throws<CheckpointFormatException>(() => Parse(root.ToJsonString()));
        Assert.StartsWith("file x: field '", error.Message, StringComparison.Ordinal);
        Assert.Contains(names[^1], error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(0)]
    [InlineData(-32)]
    [InlineData(1 << 20)]
    public void Parse_ImageSizeThatCannotBe_NamesTheField(int size)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => Parse($$"""{"image_size": {{size}}}"""));
        Assert.Contains("image_size", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{} {}")]
    [InlineData("{\"model_type\": \"\\ud800\"}")]
    public void Parse_NoObject_Throws(string text) => Assert.Throws<CheckpointFormatException>(() => Parse(text));

    [Fact]
    public void Parse_TooDeepOrTooLong_Throws()
    {
        Assert.Throws<CheckpointFormatException>(() => Parse(string.Concat(Enumerable.Repeat("{\"a\":", 100)) + "1"
            + new string('}', 100)));
        Assert.Throws<CheckpointFormatException>(() => Sam2ModelConfigReader.Read(new MemoryStream(new byte[2 << 20]), "x"));
    }

    private static Sam2ModelConfig Parse(string json) => Sam2ModelConfigReader.Parse(Encoding.UTF8.GetBytes(json), "file x");

    private static string Text(Sam2ModelConfig config) => Encoding.UTF8.GetString(Sam2ModelConfigWriter.Write(config));
}
