using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>Prompts of equal point count, in the frame of the model input, ready for a <see cref="IMaskDecoder"/>.</summary>
/// <remarks>Prompts of different point count are never put into one batch: the padding that would take changes the masks.</remarks>
internal sealed class PromptBatch
{
    /// <param name="pointsPerPrompt">Points of each prompt n, box corners and the one padding point included.</param>
    /// <param name="coordinates">float32 [B, n, 2] (x, y) in pixels of the S x S model input, before the half-pixel shift.</param>
    /// <param name="labels">[B, n].</param>
    /// <param name="maskInputs">float32 [B, S/4, S/4] logits clamped to +-32, or empty when no prompt of the batch has a mask.</param>
    public PromptBatch(
        int pointsPerPrompt, ReadOnlyMemory<float> coordinates, ReadOnlyMemory<PromptTokenLabel> labels, ReadOnlyMemory<float> maskInputs)
    {
        PointsPerPrompt = pointsPerPrompt;
        Coordinates = coordinates;
        Labels = labels;
        MaskInputs = maskInputs;
    }

    /// <summary>Which masks will be asked for; a decoder may leave out the others.</summary>
    public MaskOutput Output { get; init; } = MaskOutput.Multimask;

    public int Count => Labels.Length / PointsPerPrompt;

    public int PointsPerPrompt { get; }

    public ReadOnlyMemory<float> Coordinates { get; }

    public ReadOnlyMemory<PromptTokenLabel> Labels { get; }

    public ReadOnlyMemory<float> MaskInputs { get; }

    public bool HasMaskInputs => !MaskInputs.IsEmpty;

    /// <summary>Prompts whose masks fit into one array, all their outputs together: what a batch of any decoder may have.</summary>
    public static int LargestCount(Sam2ModelConfig config) =>
        (int)Math.Max(Array.MaxLength / ((long)config.MaskDecoder.MaskTokens * config.MaskSize * config.MaskSize), 1);
}
