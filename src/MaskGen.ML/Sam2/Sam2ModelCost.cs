namespace MaskGen.ML.Sam2;

/// <summary>What a model of a configuration costs, worked out before anything is built. In floating point: products of hostile sizes
/// overflow nothing.</summary>
/// <param name="MultiplyAdds">Multiplications of the image encoder for one image.</param>
/// <param name="Parameters">Numbers in the weights, biases and norms aside.</param>
/// <param name="LargestTensor">Elements of the largest tensor of one image, attention scores aside.</param>
/// <param name="AttentionScores">Largest number of scores of one attention.</param>
/// <param name="DecoderState">Largest number of floats that the mask decoder keeps for one prompt.</param>
/// <param name="DecoderComposition">Multiplications to compose the mask decoder's weights when it is loaded.</param>
internal sealed record Sam2ModelCost(
    double MultiplyAdds, double Parameters, double LargestTensor, double AttentionScores, double DecoderState, double DecoderComposition)
{
    /// <summary>Adds up a configuration whose single fields are within their limits.</summary>
    public static Sam2ModelCost Of(Sam2ModelConfig config)
    {
        var trunk = config.Trunk;
        var decoder = config.MaskDecoder;
        double d = config.HiddenSize;
        double tokens = (double)config.EmbeddingSize * config.EmbeddingSize;
        var cross = d / decoder.AttentionDownsampleRate;
        var total = Embedding(config);
        double side = config.ImageSize / trunk.PatchStride;
        foreach (var block in HieraBlock.Of(trunk))
        {
            total = total.With(Block(block, side, trunk.MlpRatio));
            side /= block.QueryStride;
        }

        var state = tokens * decoder.LayerCount * cross;
        var composition = (1 + Math.Pow(decoder.LayerCount, 3)) * cross * cross * d;
        return total.With(Neck(config)).With(new Sam2ModelCost(0, DecoderParameters(config), 0, 0, state, composition));
    }

    // Patches and the position embedding, which is a product of few rows.
    private static Sam2ModelCost Embedding(Sam2ModelConfig config)
    {
        var trunk = config.Trunk;
        double side = config.ImageSize / trunk.PatchStride;
        double width = trunk.WidthPerStage[0];
        double window = trunk.WindowSizePerStage[0];
        double background = (double)trunk.BackgroundPositionSize.Height * trunk.BackgroundPositionSize.Width;
        double kernel = 3.0 * trunk.PatchKernelSize * trunk.PatchKernelSize;
        var rank = trunk.BackgroundPositionSize.Height + window;
        return new Sam2ModelCost(
            side * side * width * (kernel + rank),
            width * (kernel + background + (window * window)),
            Math.Max(side, rank) * side * width,
            0,
            0,
            0);
    }

    private static Sam2ModelCost Block(HieraBlock block, double side, double mlpRatio)
    {
        var window = block.WindowSize == 0 ? side : block.WindowSize;
        var padded = Math.Ceiling(side / window) * window;
        var tokens = padded * padded;
        var queries = tokens / (block.QueryStride * block.QueryStride);
        var pooled = side * side / (block.QueryStride * block.QueryStride);
        double input = block.InputWidth;
        double output = block.OutputWidth;
        var hidden = output * mlpRatio;
        var shortcut = input == output ? 0 : input * output;
        var attention = queries * window * window * output * 2;
        return new Sam2ModelCost(
            (tokens * input * 3 * output) + attention + (queries * output * output) + (side * side * shortcut)
                + (2 * pooled * output * hidden),
            (input * 3 * output) + (output * output) + shortcut + (2 * output * hidden),
            Math.Max(tokens * 3 * output, pooled * hidden),
            queries * window * window * block.Heads,
            0,
            0);
    }

    private static Sam2ModelCost Neck(Sam2ModelConfig config)
    {
        double d = config.HiddenSize;
        double side = config.MaskSize;
        var total = new Sam2ModelCost(0, 0, side * side * d, 0, 0, 0);
        foreach (double width in config.Trunk.WidthPerStage)
        {
            total = total.With(new Sam2ModelCost(side * side * width * d, width * d, 0, 0, 0, 0));
            side /= 2;
        }

        return total;
    }

    private static double DecoderParameters(Sam2ModelConfig config)
    {
        var decoder = config.MaskDecoder;
        double d = config.HiddenSize;
        var cross = d / decoder.AttentionDownsampleRate;
        double iou = decoder.IouHeadHiddenSize;
        var layer = (4 * d * d) + (8 * d * cross) + (2 * d * decoder.MlpSize);
        var iouHead = (d * iou) + ((decoder.IouHeadDepth - 2) * iou * iou) + (iou * decoder.MaskTokens);
        var upscaling = (d * d) + (d / 4 * d / 2);
        double mask = config.PromptEncoder.MaskInputChannels;
        var heads = iouHead + ((decoder.MaskTokens + 1) * 3 * d * d);
        return (decoder.LayerCount * layer) + (4 * d * cross) + heads + upscaling + (mask * mask) + (mask * d);
    }

    private Sam2ModelCost With(Sam2ModelCost other) => new(
        MultiplyAdds + other.MultiplyAdds,
        Parameters + other.Parameters,
        Math.Max(LargestTensor, other.LargestTensor),
        Math.Max(AttentionScores, other.AttentionScores),
        Math.Max(DecoderState, other.DecoderState),
        Math.Max(DecoderComposition, other.DecoderComposition));
}
