using System.Collections.Immutable;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Sam2;

/// <summary>Checks that a configuration is consistent, and that what it asks for can be built and run: what the graphs take for
/// granted.</summary>
internal static class Sam2ModelConfigValidator
{
    private const string Backbone = "vision_config.backbone_config.";
    private const string Decoder = "mask_decoder_config.";

    /// <summary>The neck, the prompt encoder (stride 16) and the high-resolution features (strides 4 and 8) are made for this many
    /// stages.</summary>
    private const int Stages = 4;

    // Limits far above any SAM 2 (the largest value of the official ones behind each), so that nothing derived from a configuration
    // overflows, fills the memory or runs for ever.
    private const int LargestImage = 4096; // 1024
    private const int LargestWidth = 8192; // 1152
    private const int LargestHidden = 1024; // 256
    private const int MostBlocks = 256; // 48, in all stages together
    private const int LargestMlp = 1 << 14; // 2048
    private const int LargestBackground = 256; // 14
    private const int LargestKernel = 64; // 7
    private const int MostHeads = 256; // 16
    private const int MostDecoderHeads = 64; // 8
    private const int MostLayers = 16; // 2
    private const int MostMasks = 16; // 3
    private const int LargestMaskInput = 1024; // 16

    // What the official configurations use is allowed on the smallest maps too.
    private const int SmallestWindowBound = 16;

    // Budgets on what follows from several fields. The official large model at an image size of 2048 stays within all of them.
    private const double MostMultiplyAdds = 5e12; // 0.9e12 at 1024, 4.3e12 at 2048
    private const double MostParameters = 1 << 30; // 0.22e9
    private const double LargestTensor = 1 << 28; // 0.06e9 at 1024, 0.23e9 at 2048
    private const double MostAttentionScores = 2.5e9; // 0.13e9 at 1024, 2.1e9 at 2048
    private const double LargestDecoderState = 1 << 23; // 1.0e6 at 1024, 4.2e6 at 2048
    private const double LargestDecoderComposition = 2e10; // 4e7

    /// <summary>Checks every rule.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="source">Name of the file, for messages; field names are those of a config.json.</param>
    /// <exception cref="CheckpointFormatException">A rule is broken; names the field, what was expected and what was found.</exception>
    public static void Validate(Sam2ModelConfig config, string source)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentException.ThrowIfNullOrEmpty(source);
        var check = new Checker(source);
        check.Range(Backbone + "image_size", config.ImageSize, 32, LargestImage);
        check.Multiple(Backbone + "image_size", config.ImageSize, 32);
        check.Range("vision_config.fpn_hidden_size", config.HiddenSize, 8, LargestHidden);

        // Position encoding halves the channels; the high-resolution features take a quarter and an eighth of them.
        check.Multiple("vision_config.fpn_hidden_size", config.HiddenSize, 8);
        check.Distinct("vision_config.fpn_top_down_levels", config.FpnTopDownLevels, 0, Stages - 1);
        ValidateTrunk(config.Trunk, config.ImageSize, check);
        ValidatePromptEncoder(config.PromptEncoder, check);
        ValidateMaskDecoder(config.MaskDecoder, config.HiddenSize, check);
        ValidateCost(Sam2ModelCost.Of(config), config, check);
    }

    private static void ValidateTrunk(HieraTrunkConfig trunk, int imageSize, Checker check)
    {
        check.PerStage(Backbone + "blocks_per_stage", trunk.BlocksPerStage, Stages, MostBlocks);
        check.PerStage(Backbone + "embed_dim_per_stage", trunk.WidthPerStage, Stages, LargestWidth);
        check.PerStage(Backbone + "num_attention_heads_per_stage", trunk.HeadsPerStage, Stages, MostHeads);
        check.PerStage(Backbone + "window_size_per_stage", trunk.WindowSizePerStage, Stages, LargestImage);
        check.Range(Backbone + "blocks_per_stage", trunk.BlocksPerStage.Sum(), Stages, MostBlocks);
        for (var stage = 0; stage < Stages; stage++)
        {
            // A window is attended to as a whole, padding and all: one larger than its map costs memory for nothing.
            var largest = Math.Max(imageSize >> (2 + stage), SmallestWindowBound);
            check.Range(Backbone + "window_size_per_stage", trunk.WindowSizePerStage[stage], 1, largest);
            check.Divides(Backbone + "num_attention_heads_per_stage", trunk.HeadsPerStage[stage], trunk.WidthPerStage[stage]);
        }

        check.Distinct(Backbone + "global_attention_blocks", trunk.GlobalAttentionBlocks, 0, trunk.BlocksPerStage.Sum() - 1);
        check.Range(Backbone + "window_positional_embedding_background_size", trunk.BackgroundPositionSize.Height, 1, LargestBackground);
        check.Range(Backbone + "window_positional_embedding_background_size", trunk.BackgroundPositionSize.Width, 1, LargestBackground);

        // The strides of the pyramid, 4, 8, 16 and 32, come from here.
        check.Range(Backbone + "patch_stride", trunk.PatchStride, 4, 4);
        check.Range(Backbone + "query_stride", trunk.QueryStride, 2, 2);
        check.Range(Backbone + "num_query_pool_stages", trunk.QueryPoolStages, Stages - 1, Stages - 1);
        check.Range(Backbone + "patch_kernel_size", trunk.PatchKernelSize, 1, LargestKernel);

        // floor((S + 2 padding - kernel) / 4) + 1 = S / 4
        var padding = (trunk.PatchKernelSize - trunk.PatchStride + 1) / 2;
        var largestPadding = Math.Max(0, (trunk.PatchKernelSize - 1) / 2);
        check.Range(Backbone + "patch_padding", trunk.PatchPadding, Math.Max(0, padding), largestPadding);
        check.Range(Backbone + "mlp_ratio", trunk.MlpRatio, 0, 64);
        foreach (var width in trunk.WidthPerStage)
        {
            check.Range(Backbone + "mlp_ratio", (int)(width * trunk.MlpRatio), 1, LargestWidth * 8);
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

        ValidatePooledWindows(trunk, check);
    }

    /// <summary>The first block of a later stage pools the queries within each window of the stage before to half its side, so that
    /// windows and pooled map fit each other only where the side is even.</summary>
    private static void ValidatePooledWindows(HieraTrunkConfig trunk, Checker check)
    {
        foreach (var block in HieraBlock.Of(trunk).Where(block => block.QueryStride > 1 && block.WindowSize % block.QueryStride != 0))
        {
            throw check.Error(
                Backbone + "window_size_per_stage",
                $"multiples of {block.QueryStride} for all stages but the last, as the first block of the next stage (block {block.Index}) "
                + "pools them, unless that block is among global_attention_blocks",
                CheckpointText.Shape(trunk.WindowSizePerStage));
        }
    }

    private static void ValidateCost(Sam2ModelCost cost, Sam2ModelConfig config, Checker check)
    {
        const string Layers = Decoder + "num_hidden_layers";
        var at = FormattableString.Invariant($" with an image size of {config.ImageSize}");
        check.Budget(Backbone + "embed_dim_per_stage", "parameters in all", cost.Parameters, MostParameters, string.Empty);
        check.Budget(Backbone + "image_size", "elements in the largest tensor", cost.LargestTensor, LargestTensor, at);
        check.Budget(Backbone + "global_attention_blocks", "attention scores in a block", cost.AttentionScores, MostAttentionScores, at);
        check.Budget(Backbone + "image_size", "multiply-adds per image", cost.MultiplyAdds, MostMultiplyAdds, at);
        check.Budget(Layers, "numbers per prompt", cost.DecoderState, LargestDecoderState, at);
        check.Budget(Layers, "multiply-adds to load the decoder", cost.DecoderComposition, LargestDecoderComposition, string.Empty);
    }

    private static void ValidatePromptEncoder(PromptEncoderConfig prompt, Checker check)
    {
        const string Field = "prompt_encoder_config.mask_input_channels";
        check.Range(Field, prompt.MaskInputChannels, 4, LargestMaskInput);
        check.Multiple(Field, prompt.MaskInputChannels, 4);
        check.Epsilon("prompt_encoder_config.layer_norm_eps", prompt.LayerNormEpsilon);
    }

    private static void ValidateMaskDecoder(MaskDecoderConfig decoder, int hiddenSize, Checker check)
    {
        check.Range(Decoder + "num_hidden_layers", decoder.LayerCount, 1, MostLayers);
        check.Range(Decoder + "attention_downsample_rate", decoder.AttentionDownsampleRate, 1, hiddenSize);
        check.Divides(Decoder + "attention_downsample_rate", decoder.AttentionDownsampleRate, hiddenSize);
        check.Range(Decoder + "num_attention_heads", decoder.HeadCount, 1, MostDecoderHeads);

        // Self attention splits all channels, cross attention the narrowed ones.
        check.Divides(Decoder + "num_attention_heads", decoder.HeadCount, hiddenSize);
        check.Divides(Decoder + "num_attention_heads", decoder.HeadCount, hiddenSize / decoder.AttentionDownsampleRate);
        check.Range(Decoder + "mlp_dim", decoder.MlpSize, 1, LargestMlp);
        check.Range(Decoder + "num_multimask_outputs", decoder.MultimaskOutputs, 1, MostMasks);
        check.Range(Decoder + "iou_head_depth", decoder.IouHeadDepth, 2, MostLayers);
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

        public void Budget(string field, string what, double value, double largest, string condition)
        {
            if (value > largest)
            {
                throw Error(
                    field,
                    FormattableString.Invariant($"a model of at most {largest:0.##e0} {what}"),
                    FormattableString.Invariant($"{value:0.##e0}{condition}"));
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
