using MaskGen.ML.OnnxGraph;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Models;

/// <summary>A way in which SAM 2 is published in ONNX: the names of its inputs and outputs.</summary>
/// <remarks>Image embedding and high-resolution features have one name as outputs of the encoder and as inputs of the decoder.</remarks>
internal sealed record OnnxExportFamily
{
    /// <summary>Name of the program that makes such files.</summary>
    public required string Name { get; init; }

    /// <summary>The encoder's input: float32 [1, 3, S, S].</summary>
    public required string Image { get; init; }

    /// <summary>float32 [1, d, S/16, S/16].</summary>
    public required string Embedding { get; init; }

    /// <summary>float32 [1, d/8, S/4, S/4].</summary>
    public required string Features0 { get; init; }

    /// <summary>float32 [1, d/4, S/8, S/8].</summary>
    public required string Features1 { get; init; }

    /// <summary>Coordinates in pixels of the model's input: float32 [B, n, 2], or [1, B, n, 2] where <see cref="HasImageAxis"/>.</summary>
    public required string Points { get; init; }

    /// <summary>[B, n] or [1, B, n], of a type that the file says.</summary>
    public required string Labels { get; init; }

    /// <summary>float32 [1, boxes, 4]; null where a box is two points with labels of their own.</summary>
    public string? Boxes { get; init; }

    /// <summary>Earlier logits, float32 [B, 1, S/4, S/4]; null where there is no such input.</summary>
    public string? MaskInput { get; init; }

    /// <summary>Whether there are earlier logits: float32 [B] or [1].</summary>
    public string? HasMaskInput { get; init; }

    /// <summary>Height and width that another output is made for: int32 [2]; null where there is no such input.</summary>
    public string? OriginalSize { get; init; }

    /// <summary>Logits, float32 [B, masks, S/4, S/4].</summary>
    public required string Masks { get; init; }

    /// <summary>float32 [B, masks].</summary>
    public required string PredictedIou { get; init; }

    /// <summary>float32 [B, 1]; null where it is not given out.</summary>
    public string? ObjectScore { get; init; }

    /// <summary>Whether inputs and outputs of the decoder begin with an axis of images.</summary>
    public bool HasImageAxis { get; init; }

    /// <summary>Whether the graph adds the one padding point of every prompt by itself.</summary>
    public bool AddsPadding { get; init; } = true;

    /// <summary>Every family, by what its makers call it.</summary>
    public static IReadOnlyList<OnnxExportFamily> All { get; } =
    [
        new()
        {
            Name = "samexporter",
            Image = Sam2TensorNames.Image,
            Embedding = Sam2TensorNames.ImageEmbedding,
            Features0 = Sam2TensorNames.HighResolutionFeatures0,
            Features1 = Sam2TensorNames.HighResolutionFeatures1,
            Points = Sam2TensorNames.PointCoordinates,
            Labels = Sam2TensorNames.PointLabels,
            MaskInput = Sam2TensorNames.MaskInput,
            HasMaskInput = Sam2TensorNames.HasMaskInput,
            Masks = Sam2TensorNames.Masks,
            PredictedIou = Sam2TensorNames.PredictedIou,
        },
        new()
        {
            // The same names, and one output more: the padding point is the caller's there.
            Name = GraphBuilder.ProducerName,
            Image = Sam2TensorNames.Image,
            Embedding = Sam2TensorNames.ImageEmbedding,
            Features0 = Sam2TensorNames.HighResolutionFeatures0,
            Features1 = Sam2TensorNames.HighResolutionFeatures1,
            Points = Sam2TensorNames.PointCoordinates,
            Labels = Sam2TensorNames.PointLabels,
            MaskInput = Sam2TensorNames.MaskInput,
            HasMaskInput = Sam2TensorNames.HasMaskInput,
            Masks = Sam2TensorNames.Masks,
            PredictedIou = Sam2TensorNames.PredictedIou,
            ObjectScore = Sam2TensorNames.ObjectScoreLogits,
            AddsPadding = false,
        },
        new()
        {
            Name = "ONNX Runtime's convert_to_onnx",
            Image = "image",
            Embedding = "image_embeddings",
            Features0 = "image_features_0",
            Features1 = "image_features_1",
            Points = "point_coords",
            Labels = "point_labels",
            MaskInput = "input_masks",
            HasMaskInput = "has_input_masks",
            OriginalSize = "original_image_size",
            Masks = "low_res_masks",
            PredictedIou = "iou_predictions",
        },
        new()
        {
            Name = "transformers.js",
            Image = "pixel_values",
            Embedding = "image_embeddings.2",
            Features0 = "image_embeddings.0",
            Features1 = "image_embeddings.1",
            Points = "input_points",
            Labels = "input_labels",
            Boxes = "input_boxes",
            Masks = "pred_masks",
            PredictedIou = "iou_scores",
            ObjectScore = "object_score_logits",
            HasImageAxis = true,
        },
    ];

    private string[] DecoderInputs =>
    [
        .. new[] { Embedding, Features0, Features1, Points, Labels, Boxes, MaskInput, HasMaskInput, OriginalSize }.OfType<string>(),
    ];

    /// <summary>Whether a file is an encoder of the family.</summary>
    public bool IsEncoder(OnnxHeader header) => header.Input(Image) is not null && header.Inputs.Count == 1
        && new[] { Embedding, Features0, Features1 }.All(name => header.Output(name) is not null);

    /// <summary>Whether a file is a decoder of the family: it has all inputs and no other, and all outputs; of those with the same names
    /// one gives out more.</summary>
    public bool IsDecoder(OnnxHeader header) =>
        header.Inputs.Select(input => input.Name).Order(StringComparer.Ordinal).SequenceEqual(DecoderInputs.Order(StringComparer.Ordinal))
        && new[] { Masks, PredictedIou, ObjectScore }.OfType<string>().All(name => header.Output(name) is not null)
        && (HasMaskInput != Sam2TensorNames.HasMaskInput || AddsPadding != IsOurs(header));

    /// <summary>The families that an encoder may be of.</summary>
    /// <exception cref="CheckpointFormatException">It is no encoder of SAM 2; the message names what was found.</exception>
    public static IReadOnlyList<OnnxExportFamily> OfEncoder(OnnxFile file)
    {
        IReadOnlyList<OnnxExportFamily> fitting = [.. All.Where(family => family.IsEncoder(file.Header))];
        return fitting.Count > 0 ? fitting : throw new CheckpointFormatException(
            file.Source,
            $"expected the image encoder of SAM 2 in ONNX ({string.Join("; ", All.Where(f => f.AddsPadding).Select(DescribeEncoder))}), "
            + $"found {file.Header}{Guess(file.Header, isEncoder: true)}.");
    }

    /// <summary>The family that encoder and decoder share.</summary>
    /// <param name="file">The decoder.</param>
    /// <param name="encoders">Families that the encoder may be of; all of them where there is no encoder.</param>
    /// <exception cref="CheckpointFormatException">It is no decoder of SAM 2, or of another family; the message names what was
    /// found.</exception>
    public static OnnxExportFamily OfDecoder(OnnxFile file, IReadOnlyList<OnnxExportFamily> encoders)
    {
        if (All.FirstOrDefault(family => family.IsDecoder(file.Header)) is not { } found)
        {
            throw new CheckpointFormatException(
                file.Source,
                "expected the mask decoder of SAM 2 in ONNX "
                + $"({string.Join("; ", encoders.Where(f => f.AddsPadding).Select(DescribeDecoder))}), found {file.Header}"
                + $"{Guess(file.Header, isEncoder: false)}.");
        }

        return encoders.Contains(found) ? found : throw new CheckpointFormatException(
            file.Source,
            $"expected a decoder by {string.Join(" or ", encoders.Select(family => family.Name))}, as its encoder is, found one by "
            + $"{found.Name}.");
    }

    private static string DescribeEncoder(OnnxExportFamily family) =>
        $"{family.Name}: {family.Image} to {family.Features0}, {family.Features1}, {family.Embedding}";

    private static string DescribeDecoder(OnnxExportFamily family) =>
        $"{family.Name}: {string.Join(", ", family.DecoderInputs)} to {family.Masks}, {family.PredictedIou}";

    // Under the same names, but the padding point is the caller's: what this library exports gives object scores too, and takes one flag
    // for the masks of all prompts.
    private static bool IsOurs(OnnxHeader header) => header.Output(Sam2TensorNames.ObjectScoreLogits) is not null
        && header.Input(Sam2TensorNames.HasMaskInput)?.Side(0) == 1;

    // What people most often have instead.
    private static string Guess(OnnxHeader header, bool isEncoder)
    {
        bool Takes(string name) => header.Input(name) is not null;
        bool Gives(string name) => header.Output(name) is not null;
        var isPrompted = Takes("point_coords") || Takes("input_points");
        return (isEncoder, header) switch
        {
            (true, _) when All.Any(family => family.IsDecoder(header)) =>
                " (the mask decoder of SAM 2: name its encoder instead)",
            (false, _) when All.Any(family => family.IsEncoder(header)) =>
                " (the image encoder of SAM 2: name its decoder instead)",
            _ when Takes("image_embeddings") && isPrompted && !Takes("image_features_0") =>
                " (the decoder of SAM 1, which has no high-resolution features)",
            _ when header.Inputs.Count == 1 && header.Outputs.Count == 1 && (Gives("image_embeddings") || Gives("image_embedding")) =>
                " (the encoder of SAM 1, which gives no high-resolution features)",
            _ when Takes("images") && header.Outputs.Any(output => output.Name.StartsWith("output", StringComparison.Ordinal)) =>
                " (a YOLO detector, or the like)",
            _ when Gives("vision_features") || Gives("backbone_fpn_0") || Gives("vision_pos_enc_0") =>
                " (the encoder of SAM 2 as its video code calls it, which these decoders do not fit)",
            _ => string.Empty,
        };
    }
}
