using System.Collections.Immutable;
using System.Text.Json;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Sam2;

/// <summary>Reads a config.json as Hugging Face writes it for SAM 2, with its defaults for what is missing.</summary>
/// <remarks>Source of names and defaults: transformers 5.23, Sam2Config and its parts.</remarks>
internal static class Sam2ModelConfigReader
{
    private const int LargestFile = 1 << 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="CheckpointFormatException">The file is no JSON object, or says what cannot be or cannot be built; names the field,
    /// what was expected and what was found.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Sam2ModelConfig Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = RegularFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">JSON; stays open.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">As for a file.</exception>
    public static Sam2ModelConfig Read(Stream stream, string source)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return JsonText.Read(stream, source, LargestFile, root => ReadValid(root, source));
    }

    /// <summary>Reads JSON.</summary>
    /// <exception cref="CheckpointFormatException">As for a file.</exception>
    public static Sam2ModelConfig Parse(ReadOnlyMemory<byte> json, string source) =>
        JsonText.Read(json, source, root => ReadValid(root, source));

    private static Sam2ModelConfig ReadValid(JsonElement root, string source)
    {
        var config = ReadRoot(new Sam2ModelConfigSection(source, string.Empty, root));
        Sam2ModelConfigValidator.Validate(config, source);
        return config;
    }

    private static Sam2ModelConfig ReadRoot(Sam2ModelConfigSection root)
    {
        root.RequireText("model_type", "sam2", "sam2_video");
        var vision = root.Section("vision_config");
        var backbone = vision.Section("backbone_config");
        var prompt = root.Section("prompt_encoder_config");
        var mask = root.Section("mask_decoder_config");
        var defaults = new Sam2ModelConfig();
        var config = new Sam2ModelConfig
        {
            ImageSize = Agree(defaults.ImageSize, (backbone, "image_size"), (prompt, "image_size"), (root, "image_size")),
            HiddenSize = Agree(defaults.HiddenSize, (vision, "fpn_hidden_size"), (prompt, "hidden_size"), (mask, "hidden_size")),
            FpnTopDownLevels = vision.Integers("fpn_top_down_levels") ?? defaults.FpnTopDownLevels,
            Trunk = ReadTrunk(backbone),
            PromptEncoder = ReadPromptEncoder(prompt),
            MaskDecoder = ReadMaskDecoder(mask),
        };
        CheckNeck(vision, config);
        return config;
    }

    private static HieraTrunkConfig ReadTrunk(Sam2ModelConfigSection backbone)
    {
        backbone.RequireText("model_type", "sam2_hiera_det_model");
        backbone.RequireText("hidden_act", "gelu");
        backbone.RequireInteger("num_channels", 3);
        var defaults = new HieraTrunkConfig();
        var trunk = new HieraTrunkConfig
        {
            BlocksPerStage = backbone.Integers("blocks_per_stage") ?? defaults.BlocksPerStage,
            WidthPerStage = backbone.Integers("embed_dim_per_stage") ?? defaults.WidthPerStage,
            HeadsPerStage = backbone.Integers("num_attention_heads_per_stage") ?? defaults.HeadsPerStage,
            WindowSizePerStage = backbone.Integers("window_size_per_stage") ?? defaults.WindowSizePerStage,
            GlobalAttentionBlocks = backbone.Integers("global_attention_blocks") ?? defaults.GlobalAttentionBlocks,
            BackgroundPositionSize = backbone.Pair("window_positional_embedding_background_size") ?? defaults.BackgroundPositionSize,
            PatchKernelSize = backbone.Square("patch_kernel_size") ?? defaults.PatchKernelSize,
            PatchStride = backbone.Square("patch_stride") ?? defaults.PatchStride,
            PatchPadding = backbone.Square("patch_padding") ?? defaults.PatchPadding,
            QueryPoolStages = backbone.Integer("num_query_pool_stages") ?? defaults.QueryPoolStages,
            QueryStride = backbone.Square("query_stride") ?? defaults.QueryStride,
            MlpRatio = backbone.Number("mlp_ratio") ?? defaults.MlpRatio,
            LayerNormEpsilon = backbone.Number("layer_norm_eps") ?? defaults.LayerNormEpsilon,
        };

        // Both say again what the first stage says.
        RequireFirst(backbone, "hidden_size", "embed_dim_per_stage", trunk.WidthPerStage);
        RequireFirst(backbone, "num_attention_heads", "num_attention_heads_per_stage", trunk.HeadsPerStage);
        return trunk;
    }

    private static PromptEncoderConfig ReadPromptEncoder(Sam2ModelConfigSection prompt)
    {
        prompt.RequireText("hidden_act", "gelu");
        prompt.RequireInteger("num_point_embeddings", 4);
        prompt.RequireInteger("patch_size", 16);
        var defaults = new PromptEncoderConfig();
        return new PromptEncoderConfig
        {
            MaskInputChannels = prompt.Integer("mask_input_channels") ?? defaults.MaskInputChannels,
            LayerNormEpsilon = prompt.Number("layer_norm_eps") ?? defaults.LayerNormEpsilon,
        };
    }

    private static MaskDecoderConfig ReadMaskDecoder(Sam2ModelConfigSection mask)
    {
        mask.RequireText("hidden_act", "gelu");
        var defaults = new MaskDecoderConfig();
        return new MaskDecoderConfig
        {
            LayerCount = mask.Integer("num_hidden_layers") ?? defaults.LayerCount,
            HeadCount = mask.Integer("num_attention_heads") ?? defaults.HeadCount,
            MlpSize = mask.Integer("mlp_dim") ?? defaults.MlpSize,
            AttentionDownsampleRate = mask.Integer("attention_downsample_rate") ?? defaults.AttentionDownsampleRate,
            MultimaskOutputs = mask.Integer("num_multimask_outputs") ?? defaults.MultimaskOutputs,
            IouHeadDepth = mask.Integer("iou_head_depth") ?? defaults.IouHeadDepth,
            IouHeadHiddenSize = mask.Integer("iou_head_hidden_dim") ?? defaults.IouHeadHiddenSize,
            DynamicMultimaskViaStability = mask.Boolean("dynamic_multimask_via_stability") ?? defaults.DynamicMultimaskViaStability,
            DynamicMultimaskStabilityDelta = mask.Number("dynamic_multimask_stability_delta") ?? defaults.DynamicMultimaskStabilityDelta,
            DynamicMultimaskStabilityThreshold =
                mask.Number("dynamic_multimask_stability_thresh") ?? defaults.DynamicMultimaskStabilityThreshold,
        };
    }

    /// <summary>Fields of the neck that follow from others, or of which only one value exists.</summary>
    private static void CheckNeck(Sam2ModelConfigSection vision, Sam2ModelConfig config)
    {
        vision.RequireText("model_type", "sam2_vision_model");
        vision.RequireInteger("fpn_kernel_size", 1);
        vision.RequireInteger("fpn_stride", 1);
        vision.RequireInteger("fpn_padding", 0);
        vision.RequireInteger("num_feature_levels", 3);
        if (vision.Integers("backbone_channel_list") is { } channels && !channels.SequenceEqual(config.Trunk.WidthPerStage.Reverse()))
        {
            throw vision.Error(
                "backbone_channel_list",
                $"the widths of the stages, last one first, {CheckpointText.Shape(config.Trunk.WidthPerStage.Reverse())}",
                CheckpointText.Shape(channels));
        }
    }

    /// <summary>The value that several fields state; each of them may be missing.</summary>
    private static int Agree(int missing, params ReadOnlySpan<(Sam2ModelConfigSection Section, string Name)> fields)
    {
        (int Value, string Field)? agreed = null;
        foreach (var (section, name) in fields)
        {
            if (section.Square(name) is not { } value)
            {
                continue;
            }

            agreed ??= (value, section.FieldPath(name));
            if (value != agreed.Value.Value)
            {
                throw section.Error(name, $"{agreed.Value.Value}, as {agreed.Value.Field}", $"{value}");
            }
        }

        return agreed?.Value ?? missing;
    }

    private static void RequireFirst(Sam2ModelConfigSection section, string name, string listName, ImmutableArray<int> list)
    {
        if (list.Length > 0 && section.Integer(name) is { } value && value != list[0])
        {
            throw section.Error(name, $"{list[0]}, the first of {listName}", $"{value}");
        }
    }
}
