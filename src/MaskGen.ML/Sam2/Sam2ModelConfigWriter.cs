using System.Collections.Immutable;
using System.Text.Json;

namespace MaskGen.ML.Sam2;

/// <summary>Writes a configuration as a config.json in Hugging Face's form, for saving a model.</summary>
internal static class Sam2ModelConfigWriter
{
    /// <summary>UTF-8 JSON with every field that <see cref="Sam2ModelConfigReader"/> knows, so that reading it gives an equal
    /// configuration.</summary>
    public static byte[] Write(Sam2ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("architectures");
            writer.WriteStringValue("Sam2Model");
            writer.WriteEndArray();
            WriteMaskDecoder(writer, config);
            writer.WriteString("model_type", "sam2");
            WritePromptEncoder(writer, config);
            WriteVision(writer, config);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteMaskDecoder(Utf8JsonWriter writer, Sam2ModelConfig config)
    {
        var decoder = config.MaskDecoder;
        writer.WriteStartObject("mask_decoder_config");
        writer.WriteNumber("attention_downsample_rate", decoder.AttentionDownsampleRate);
        writer.WriteNumber("dynamic_multimask_stability_delta", decoder.DynamicMultimaskStabilityDelta);
        writer.WriteNumber("dynamic_multimask_stability_thresh", decoder.DynamicMultimaskStabilityThreshold);
        writer.WriteBoolean("dynamic_multimask_via_stability", decoder.DynamicMultimaskViaStability);
        writer.WriteString("hidden_act", "gelu");
        writer.WriteNumber("hidden_size", config.HiddenSize);
        writer.WriteNumber("iou_head_depth", decoder.IouHeadDepth);
        writer.WriteNumber("iou_head_hidden_dim", decoder.IouHeadHiddenSize);
        writer.WriteNumber("mlp_dim", decoder.MlpSize);
        writer.WriteString("model_type", "sam2_mask_decoder");
        writer.WriteNumber("num_attention_heads", decoder.HeadCount);
        writer.WriteNumber("num_hidden_layers", decoder.LayerCount);
        writer.WriteNumber("num_multimask_outputs", decoder.MultimaskOutputs);
        writer.WriteEndObject();
    }

    private static void WritePromptEncoder(Utf8JsonWriter writer, Sam2ModelConfig config)
    {
        writer.WriteStartObject("prompt_encoder_config");
        writer.WriteString("hidden_act", "gelu");
        writer.WriteNumber("hidden_size", config.HiddenSize);
        writer.WriteNumber("image_size", config.ImageSize);
        writer.WriteNumber("layer_norm_eps", config.PromptEncoder.LayerNormEpsilon);
        writer.WriteNumber("mask_input_channels", config.PromptEncoder.MaskInputChannels);
        writer.WriteString("model_type", "sam2_prompt_encoder");
        writer.WriteNumber("num_point_embeddings", 4);
        writer.WriteNumber("patch_size", 16);
        writer.WriteNumber("scale", 1);
        writer.WriteEndObject();
    }

    private static void WriteVision(Utf8JsonWriter writer, Sam2ModelConfig config)
    {
        writer.WriteStartObject("vision_config");
        WriteList(writer, "backbone_channel_list", [.. config.Trunk.WidthPerStage.Reverse()]);
        WriteBackbone(writer, config);
        writer.WriteStartArray("backbone_feature_sizes");
        for (var stride = 4; stride <= 16; stride *= 2)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(config.ImageSize / stride);
            writer.WriteNumberValue(config.ImageSize / stride);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteNumber("fpn_hidden_size", config.HiddenSize);
        writer.WriteNumber("fpn_kernel_size", 1);
        writer.WriteNumber("fpn_padding", 0);
        writer.WriteNumber("fpn_stride", 1);
        WriteList(writer, "fpn_top_down_levels", config.FpnTopDownLevels);
        writer.WriteString("model_type", "sam2_vision_model");
        writer.WriteNumber("num_feature_levels", 3);
        writer.WriteEndObject();
    }

    private static void WriteBackbone(Utf8JsonWriter writer, Sam2ModelConfig config)
    {
        var trunk = config.Trunk;
        writer.WriteStartObject("backbone_config");
        WriteList(writer, "blocks_per_stage", trunk.BlocksPerStage);
        WriteList(writer, "embed_dim_per_stage", trunk.WidthPerStage);
        WriteList(writer, "global_attention_blocks", trunk.GlobalAttentionBlocks);
        writer.WriteString("hidden_act", "gelu");
        writer.WriteNumber("hidden_size", trunk.WidthPerStage[0]);
        WriteList(writer, "image_size", [config.ImageSize, config.ImageSize]);
        writer.WriteNumber("layer_norm_eps", trunk.LayerNormEpsilon);
        writer.WriteNumber("mlp_ratio", trunk.MlpRatio);
        writer.WriteString("model_type", "sam2_hiera_det_model");
        writer.WriteNumber("num_attention_heads", trunk.HeadsPerStage[0]);
        WriteList(writer, "num_attention_heads_per_stage", trunk.HeadsPerStage);
        writer.WriteNumber("num_channels", 3);
        writer.WriteNumber("num_query_pool_stages", trunk.QueryPoolStages);
        WriteList(writer, "patch_kernel_size", [trunk.PatchKernelSize, trunk.PatchKernelSize]);
        WriteList(writer, "patch_padding", [trunk.PatchPadding, trunk.PatchPadding]);
        WriteList(writer, "patch_stride", [trunk.PatchStride, trunk.PatchStride]);
        WriteList(writer, "query_stride", [trunk.QueryStride, trunk.QueryStride]);
        WriteList(
            writer,
            "window_positional_embedding_background_size",
            [trunk.BackgroundPositionSize.Height, trunk.BackgroundPositionSize.Width]);
        WriteList(writer, "window_size_per_stage", trunk.WindowSizePerStage);
        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, string name, ImmutableArray<int> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }
}
