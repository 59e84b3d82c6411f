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
}
