using System.Collections.Immutable;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Sam2;

/// <summary>Tells whether a geometry hangs together: what the graphs may take for granted.</summary>
internal static class Sam2ModelConfigValidator
{
    private const string Backbone = "vision_config.backbone_config.";
    private const string Decoder = "mask_decoder_config.";

    /// <summary>The neck, the prompt encoder (stride 16) and the high-resolution features (strides 4 and 8) are made for this many
    /// stages.</summary>
    private const int Stages = 4;

    // Limits far above any SAM 2, so that nothing derived from a configuration overflows or fills the memory.
    private const int LargestImage = 4096;
    private const int LargestWidth = 16_384;
    private const int MostBlocks = 512;
    private const int LargestMlp = 1 << 18;

    /// <summary>Checks every rule.</summary>
    /// <param name="config">The geometry.</param>
    /// <param name="source">Name of the file, for messages; field names are those of a config.json.</param>
    /// <exception cref="CheckpointFormatException">A rule is broken; names the field, what was expected and what was found.</exception>
    public static void Validate(Sam2ModelConfig config, string source)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentException.ThrowIfNullOrEmpty(source);
        var check = new Checker(source);
        check.Range(Backbone + "image_size", config.ImageSize, 32, LargestImage);
        check.Multiple(Backbone + "image_size", config.ImageSize, 32);
        check.Range("vision_config.fpn_hidden_size", config.HiddenSize, 8, LargestWidth);

        // Position encoding halves the channels; the high-resolution features take a quarter and an eighth of them.
        check.Multiple("vision_config.fpn_hidden_size", config.HiddenSize, 8);
        check.Distinct("vision_config.fpn_top_down_levels", config.FpnTopDownLevels, 0, Stages - 1);
        ValidateTrunk(config.Trunk, config.ImageSize, check);
        ValidatePromptEncoder(config.PromptEncoder, check);
        ValidateMaskDecoder(config.MaskDecoder, config.HiddenSize, check);
    }

    // What the official configurations use is allowed on the smallest maps too.
    private const int SmallestWindowBound = 16;

    private static void ValidateTrunk(HieraTrunkConfig trunk, int imageSize, Checker check)
    {
        check.PerStage(Backbone + "blocks_per_stage", trunk.BlocksPerStage, Stages, MostBlocks);
        check.PerStage(Backbone + "embed_dim_per_stage", trunk.WidthPerStage, Stages, LargestWidth);
        check.PerStage(Backbone + "num_attention_heads_per_stage", trunk.HeadsPerStage, Stages, LargestWidth);
        check.PerStage(Backbone + "window_size_per_stage", trunk.WindowSizePerStage, Stages, LargestImage);
        for (var stage = 0; stage < Stages; stage++)
        {
            // A window is attended to as a whole, padding and all: one larger than its map costs memory for nothing.
            check.Range(Backbone + "window_size_per_stage", trunk.WindowSizePerStage[stage], 1, Math.Max(imageSize >> (2 + stage), SmallestWindowBound));
            check.Divides(Backbone + "num_attention_heads_per_stage", trunk.HeadsPerStage[stage], trunk.WidthPerStage[stage]);
        }

        check.Distinct(Backbone + "global_attention_blocks", trunk.GlobalAttentionBlocks, 0, trunk.BlocksPerStage.Sum() - 1);
        check.Range(Backbone + "window_positional_embedding_background_size", trunk.BackgroundPositionSize.Height, 1, LargestImage);
        check.Range(Backbone + "window_positional_embedding_background_size", trunk.BackgroundPositionSize.Width, 1, LargestImage);

        // The strides of the pyramid, 4, 8, 16 and 32, come from here.
        check.Range(Backbone + "patch_stride", trunk.PatchStride, 4, 4);
        check.Range(Backbone + "query_stride", trunk.QueryStride, 2, 2);
        check.Range(Backbone + "num_query_pool_stages", trunk.QueryPoolStages, Stages - 1, Stages - 1);
        check.Range(Backbone + "patch_kernel_size", trunk.PatchKernelSize, 1, 64);

        // floor((S + 2 padding - kernel) / 4) + 1 = S / 4
        var padding = (trunk.PatchKernelSize - trunk.PatchStride + 1) / 2;
        check.Range(Backbone + "patch_padding", trunk.PatchPadding, Math.Max(0, padding), Math.Max(0, (trunk.PatchKernelSize - 1) / 2));
        check.Range(Backbone + "mlp_ratio", trunk.MlpRatio, 0, 64);
        foreach (var width in trunk.WidthPerStage)
        {
            check.Range(Backbone + "mlp_ratio", (int)(width * trunk.MlpRatio), 1, LargestMlp);
        }

        check.Epsilon(Backbone + "layer_norm_eps", trunk.LayerNormEpsilon);

        // The window embedding is laid out side by side over the stride-4 map.
        if (imageSize / trunk.PatchStride % trunk.WindowSizePerStage[0] != 0)
        {
            throw check.Error(
                Backbone + "window_size_per_stage",
                $"a first window that divides the map's side {imageSize / trunk.PatchStride}",
                $"{trunk.WindowSizePerStage[0]}");
        }
    }

    private static void ValidatePromptEncoder(PromptEncoderConfig prompt, Checker check)
    {
        const string Field = "prompt_encoder_config.mask_input_channels";
        check.Range(Field, prompt.MaskInputChannels, 4, LargestWidth);
        check.Multiple(Field, prompt.MaskInputChannels, 4);
        check.Epsilon("prompt_encoder_config.layer_norm_eps", prompt.LayerNormEpsilon);
    }

    private static void ValidateMaskDecoder(MaskDecoderConfig decoder, int hiddenSize, Checker check)
    {
        check.Range(Decoder + "num_hidden_layers", decoder.LayerCount, 1, 64);
        check.Range(Decoder + "attention_downsample_rate", decoder.AttentionDownsampleRate, 1, hiddenSize);
        check.Divides(Decoder + "attention_downsample_rate", decoder.AttentionDownsampleRate, hiddenSize);
        check.Range(Decoder + "num_attention_heads", decoder.HeadCount, 1, hiddenSize);

        // Self attention splits all channels, cross attention the narrowed ones.
        check.Divides(Decoder + "num_attention_heads", decoder.HeadCount, hiddenSize);
        check.Divides(Decoder + "num_attention_heads", decoder.HeadCount, hiddenSize / decoder.AttentionDownsampleRate);
        check.Range(Decoder + "mlp_dim", decoder.MlpSize, 1, LargestMlp);
        check.Range(Decoder + "num_multimask_outputs", decoder.MultimaskOutputs, 1, 64);
        check.Range(Decoder + "iou_head_depth", decoder.IouHeadDepth, 2, 64);
        check.Range(Decoder + "iou_head_hidden_dim", decoder.IouHeadHiddenSize, 1, LargestMlp);
        check.Range(Decoder + "dynamic_multimask_stability_delta", decoder.DynamicMultimaskStabilityDelta, 0, 1000);
        check.Range(Decoder + "dynamic_multimask_stability_thresh", decoder.DynamicMultimaskStabilityThreshold, 0, 1);
    }

    private readonly record struct Checker(string Source)
    {
        public CheckpointFormatException Error(string field, string expected, string found) =>
            CheckpointFormatException.ForField(Source, field, expected, found);

        public void Range(string field, int value, int smallest, int largest)
        {
            if (value < smallest || value > largest)
            {
                throw Error(field, smallest == largest ? $"{smallest}" : $"{smallest} to {largest}", $"{value}");
            }
        }

        public void Range(string field, float value, float smallest, float largest)
        {
            if (!(value >= smallest && value <= largest))
            {
                throw Error(field, FormattableString.Invariant($"{smallest} to {largest}"), FormattableString.Invariant($"{value}"));
            }
        }

        public void Epsilon(string field, float value)
        {
            if (!(value > 0 && value < 1))
            {
                throw Error(field, "a number above 0 and below 1", FormattableString.Invariant($"{value}"));
            }
        }

        public void Multiple(string field, int value, int divisor)
        {
            if (value % divisor != 0)
            {
                throw Error(field, $"a multiple of {divisor}", $"{value}");
            }
        }

        public void Divides(string field, int divisor, int value)
        {
            if (value % divisor != 0)
            {
                throw Error(field, $"a divisor of {value} channels", $"{divisor}");
            }
        }

        public void PerStage(string field, ImmutableArray<int> values, int count, int largest)
        {
            if (values.Length != count)
            {
                throw Error(field, $"{count} numbers, one per stage", $"{values.Length}: {CheckpointText.Shape(values)}");
            }

            foreach (var value in values)
            {
                Range(field, value, 1, largest);
            }
        }

        public void Distinct(string field, ImmutableArray<int> values, int smallest, int largest)
        {
            foreach (var value in values)
            {
                Range(field, value, smallest, largest);
            }

            if (values.Distinct().Count() != values.Length)
            {
                throw Error(field, "each number once", CheckpointText.Shape(values));
            }
        }
    }
}
