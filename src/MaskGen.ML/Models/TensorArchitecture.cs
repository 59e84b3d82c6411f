using System.Collections.Immutable;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Models;

/// <summary>What the shapes of the tensors say about a model's architecture. They say nothing about the image size, the heads, the later
/// windows and which blocks attend to the whole map.</summary>
internal sealed record TensorArchitecture
{
    private const string Backbone = "vision_encoder.backbone.";
    private const string Decoder = "mask_decoder.";

    public required int PatchKernelSize { get; init; }

    /// <summary>Width of each block's output, in the order of the blocks.</summary>
    public required ImmutableArray<int> BlockWidths { get; init; }

    public required (int Height, int Width) BackgroundPositionSize { get; init; }

    public required int FirstWindowSize { get; init; }

    public required int FirstMlpSize { get; init; }

    public required int HiddenSize { get; init; }

    public required int MaskInputChannels { get; init; }

    public required int DecoderLayers { get; init; }

    public required int DecoderMlpSize { get; init; }

    public required int DecoderAttentionWidth { get; init; }

    public required int MaskTokens { get; init; }

    public required int IouHeadDepth { get; init; }

    public required int IouHeadHiddenSize { get; init; }

    /// <summary>Widths of the stages: a stage begins where the width changes.</summary>
    public IEnumerable<(int Width, int Blocks)> Stages
    {
        get
        {
            for (var i = 0; i < BlockWidths.Length;)
            {
                var first = i;
                while (i < BlockWidths.Length && BlockWidths[i] == BlockWidths[first])
                {
                    i++;
                }

                yield return (BlockWidths[first], i - first);
            }
        }
    }

    /// <summary>Reads the shapes.</summary>
    /// <exception cref="CheckpointFormatException">A tensor that every SAM 2 has is not there, or has the wrong rank.</exception>
    public static TensorArchitecture Read(ICheckpoint checkpoint)
    {
        var background = Shape(checkpoint, Backbone + "pos_embed", 4);
        var cross = Shape(checkpoint, Decoder + "transformer.layers.0.cross_attn_token_to_image.q_proj.weight", 2);
        return new TensorArchitecture
        {
            PatchKernelSize = Shape(checkpoint, Backbone + "patch_embed.projection.weight", 4)[2],
            BlockWidths = [.. BlockWidthsOf(checkpoint)],
            BackgroundPositionSize = (background[2], background[3]),
            FirstWindowSize = Shape(checkpoint, Backbone + "pos_embed_window", 4)[2],
            FirstMlpSize = Shape(checkpoint, Backbone + "blocks.0.mlp.proj_in.weight", 2)[0],
            HiddenSize = Shape(checkpoint, "vision_encoder.neck.convs.0.weight", 4)[0],
            MaskInputChannels = Shape(checkpoint, "prompt_encoder.mask_embed.conv3.weight", 4)[1],
            DecoderLayers = Count(checkpoint, Decoder + "transformer.layers.{0}.self_attn.q_proj.weight"),
            DecoderMlpSize = Shape(checkpoint, Decoder + "transformer.layers.0.mlp.proj_in.weight", 2)[0],
            DecoderAttentionWidth = cross[0],
            MaskTokens = Shape(checkpoint, Decoder + "mask_tokens.weight", 2)[0],
            IouHeadDepth = Count(checkpoint, Decoder + "iou_prediction_head.layers.{0}.weight") + 2,
            IouHeadHiddenSize = Shape(checkpoint, Decoder + "iou_prediction_head.proj_in.weight", 2)[0],
        };
    }

    /// <summary>Whether a model of a configuration would have these shapes.</summary>
    public bool Fits(Sam2ModelConfig config)
    {
        var (trunk, decoder) = (config.Trunk, config.MaskDecoder);
        return PatchKernelSize == trunk.PatchKernelSize
            && Stages.SequenceEqual(trunk.WidthPerStage.Zip(trunk.BlocksPerStage))
            && BackgroundPositionSize == trunk.BackgroundPositionSize
            && FirstWindowSize == trunk.WindowSizePerStage[0]
            && FirstMlpSize == (int)(trunk.WidthPerStage[0] * trunk.MlpRatio)
            && HiddenSize == config.HiddenSize
            && MaskInputChannels == config.PromptEncoder.MaskInputChannels
            && DecoderLayers == decoder.LayerCount
            && DecoderMlpSize == decoder.MlpSize
            && DecoderAttentionWidth == config.HiddenSize / decoder.AttentionDownsampleRate
            && MaskTokens == decoder.MaskTokens
            && IouHeadDepth == decoder.IouHeadDepth
            && IouHeadHiddenSize == decoder.IouHeadHiddenSize;
    }

    /// <summary>The architecture as a part of a message.</summary>
    public override string ToString() =>
        $"stage widths {CheckpointText.Shape(Stages.Select(s => s.Width))}, blocks {CheckpointText.Shape(Stages.Select(s => s.Blocks))}, "
        + $"background {BackgroundPositionSize.Height}x{BackgroundPositionSize.Width}, first window {FirstWindowSize}, d = {HiddenSize}, "
        + $"{DecoderLayers} decoder layers with an MLP of {DecoderMlpSize}, {MaskTokens} mask tokens";

    private static IEnumerable<int> BlockWidthsOf(ICheckpoint checkpoint)
    {
        const string Pattern = Backbone + "blocks.{0}.attn.proj.weight";
        var count = Count(checkpoint, Pattern);
        for (var i = 0; i < Math.Max(1, count); i++)
        {
            yield return Shape(checkpoint, string.Format(null, Pattern, i), 2)[0];
        }
    }

    private static int Count(ICheckpoint checkpoint, string pattern)
    {
        var count = 0;
        while (checkpoint.Tensors.ContainsKey(string.Format(null, pattern, count)))
        {
            count++;
        }

        return count;
    }

    private static ImmutableArray<int> Shape(ICheckpoint checkpoint, string name, int rank)
    {
        if (!checkpoint.Tensors.TryGetValue(name, out var tensor))
        {
            throw new CheckpointFormatException(
                checkpoint.Source, name, "a tensor that every SAM 2 has", "none; this is no SAM 2 image model");
        }

        if (!tensor.IsReadable)
        {
            throw new CheckpointFormatException(checkpoint.Source, name, TensorDescription.ReadableTypes, tensor.TypeName);
        }

        return tensor.Shape.Length == rank
            ? tensor.Shape
            : throw new CheckpointFormatException(checkpoint.Source, name, $"{rank} dimensions", CheckpointText.Shape(tensor.Shape));
    }
}
