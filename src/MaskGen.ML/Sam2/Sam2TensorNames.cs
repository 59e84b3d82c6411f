namespace MaskGen.ML.Sam2;

/// <summary>Names of the inputs and outputs of our ONNX graphs: those that common SAM 2 exports use.</summary>
internal static class Sam2TensorNames
{
    /// <summary>float32 [1, 3, S, S], normalized.</summary>
    public const string Image = "image";

    /// <summary>float32 [1, d, S/16, S/16].</summary>
    public const string ImageEmbedding = "image_embed";

    /// <summary>float32 [1, d/8, S/4, S/4].</summary>
    public const string HighResolutionFeatures0 = "high_res_feats_0";

    /// <summary>float32 [1, d/4, S/8, S/8].</summary>
    public const string HighResolutionFeatures1 = "high_res_feats_1";

    /// <summary>float32 [B, n, 2] (x, y), in pixels of the S x S model input, before the half-pixel shift.</summary>
    public const string PointCoordinates = "point_coords";

    /// <summary>float32 [B, n]: -1 padding, 0 background, 1 foreground, 2 and 3 box corners; every prompt has one padding point.</summary>
    public const string PointLabels = "point_labels";

    /// <summary>float32 [B, 1, S/4, S/4] logits.</summary>
    public const string MaskInput = "mask_input";

    /// <summary>float32 [1]: 1 where <see cref="MaskInput"/> counts, 0 where it is to be ignored.</summary>
    public const string HasMaskInput = "has_mask_input";

    /// <summary>float32 [B, mask tokens, S/4, S/4] logits: the single mask first, or left out in an export.</summary>
    public const string Masks = "masks";

    /// <summary>float32 [B, mask tokens].</summary>
    public const string PredictedIou = "iou_predictions";

    /// <summary>float32 [B, 1].</summary>
    public const string ObjectScoreLogits = "object_score_logits";

    // Between the graphs of the decoder that shares what prompts of an image have in common. N = (S/16)^2 image tokens, H heads of h
    // channels, D = H h.

    /// <summary>float32 [1, N, d]: the image embedding in token order, without what prompts add to it.</summary>
    public const string ImageTokens = "image_tokens";

    /// <summary>float32 [H, h, N]: keys of the first attention of prompt tokens to image tokens, where no prompt has a mask.</summary>
    public const string FirstKeys = "first_keys";

    /// <summary>float32 [H, N, h]: its values.</summary>
    public const string FirstValues = "first_values";

    /// <summary>float32 [N, D]: queries of the first attention of image tokens to prompt tokens, where no prompt has a mask.</summary>
    public const string FirstQueries = "first_queries";

    /// <summary>float32 [4 N, 4 d/8]: high-resolution features of level 0, bias of the transposed convolution included, in its order:
    /// token, sub-pixel (row, column), sub-pixel of that, channel.</summary>
    public const string OrderedFeatures0 = "ordered_feats_0";

    /// <summary>float32 [N, 4 d/4]: likewise of level 1: token, sub-pixel, channel.</summary>
    public const string OrderedFeatures1 = "ordered_feats_1";

    /// <summary>float32 [1]: sum of the magnitudes of all values of an encoded image, which is finite only where they all are.</summary>
    public const string Magnitude = "magnitude";

    /// <summary>float32 [B, N, d]: the image tokens of each prompt, after the transformer.</summary>
    public const string PromptImageTokens = "prompt_image_tokens";

    /// <summary>float32 [B, mask tokens, d/8]: how each mask mixes the upscaled channels.</summary>
    public const string MaskWeights = "mask_weights";

    /// <summary>float32 [P]: prompts to upscale, by their number in the batch.</summary>
    public const string WantedPrompts = "wanted_prompts";

    /// <summary>float32 [K]: masks to give out, by their number among all masks of those prompts.</summary>
    public const string WantedMasks = "wanted_masks";
}
