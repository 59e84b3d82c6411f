using System.Globalization;

namespace MaskGen.ML.Checkpoints;

/// <summary>Meta's names of the tensors of the image model, put into Hugging Face's.</summary>
/// <remarks>Source: the conversion script of transformers 5.23 for SAM 2, checked against a checkpoint in both forms.</remarks>
internal static class MetaTensorNames
{
    public const string PositionalMatrix = "sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix";

    private const string PointEmbeddingPrefix = "sam_prompt_encoder.point_embeddings.";

    private const string PointEmbeddings = "prompt_encoder.point_embed.weight";

    private const string TrunkPrefix = "image_encoder.trunk.";
    private const string NeckPrefix = "image_encoder.neck.";
    private const string PromptPrefix = "sam_prompt_encoder.";
    private const string DecoderPrefix = "sam_mask_decoder.";

    private static readonly Dictionary<string, string> MaskDownscaling = new()
    {
        ["0"] = "conv1", ["1"] = "layer_norm1", ["3"] = "conv2", ["4"] = "layer_norm2", ["6"] = "conv3",
    };

    private static readonly Dictionary<string, string> Upscaling = new()
    {
        ["0"] = "upscale_conv1", ["1"] = "upscale_layer_norm", ["3"] = "upscale_conv2",
    };

    /// <summary>Names under which the matrix of the position encoding is known; it is one tensor.</summary>
    public static IReadOnlyList<string> PositionalEmbeddings { get; } =
        ["shared_image_embedding.positional_embedding", "prompt_encoder.shared_embedding.positional_embedding"];

    /// <summary>Translates the names of a file.</summary>
    /// <param name="names">Meta's names, each once, those of the video model among them.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <returns>By Hugging Face's name, the tensor of Meta's, or the several that follow each other in its first dimension.</returns>
    /// <exception cref="CheckpointFormatException">Two tensors would get one name, or a point embedding is missing between
    /// others.</exception>
    public static Dictionary<string, string[]> Translate(IReadOnlySet<string> names, string source)
    {
        var translated = new Dictionary<string, string[]>();
        foreach (var name in names)
        {
            if (name == PositionalMatrix)
            {
                foreach (var position in PositionalEmbeddings)
                {
                    Add(position, [name]);
                }
            }
            else if (!name.StartsWith(PointEmbeddingPrefix, StringComparison.Ordinal) && ToHuggingFace(name, names) is { } huggingFaceName)
            {
                Add(huggingFaceName, [name]);
            }
        }

        var points = names.Where(n => n.StartsWith(PointEmbeddingPrefix, StringComparison.Ordinal)).ToHashSet();
        if (points.Count > 0)
        {
            Add(PointEmbeddings, InOrder(points, source));
        }

        return translated;

        void Add(string huggingFaceName, string[] parts)
        {
            if (!translated.TryAdd(huggingFaceName, parts))
            {
                throw new CheckpointFormatException(source, huggingFaceName, "one tensor of that name", "two");
            }
        }
    }

    // point_embeddings.0.weight, .1.weight and so on.
    private static string[] InOrder(HashSet<string> points, string source)
    {
        var ordered = new string[points.Count];
        for (var i = 0; i < ordered.Length; i++)
        {
            ordered[i] = FormattableString.Invariant($"{PointEmbeddingPrefix}{i}.weight");
            if (!points.Contains(ordered[i]))
            {
                throw new CheckpointFormatException(source, ordered[i], "a tensor of that name, as there are others like it", "none");
            }
        }

        return ordered;
    }

    /// <summary>Translates one name.</summary>
    /// <param name="name">A name of Meta's, other than the two that are no one-to-one translation: the positional matrix and the point
    /// embeddings.</param>
    /// <param name="allNames">Every name of the file: how deep a head is decides what its layers are called.</param>
    /// <returns>Hugging Face's name; null for a tensor of the video model. A name of the image model that is not known keeps its own parts,
    /// so that it shows up as a tensor too many.</returns>
    private static string? ToHuggingFace(string name, IReadOnlySet<string> allNames)
    {
        if (name == "no_mem_embed")
        {
            return "no_memory_embedding";
        }

        return name switch
        {
            _ when name.StartsWith(TrunkPrefix, StringComparison.Ordinal) => "vision_encoder.backbone." + Trunk(name[TrunkPrefix.Length..]),
            _ when name.StartsWith(NeckPrefix, StringComparison.Ordinal) => "vision_encoder.neck." + Neck(name[NeckPrefix.Length..]),
            _ when name.StartsWith(PromptPrefix, StringComparison.Ordinal) => "prompt_encoder." + Prompt(name[PromptPrefix.Length..]),
            _ when name.StartsWith(DecoderPrefix, StringComparison.Ordinal) =>
                "mask_decoder." + Decoder(name[DecoderPrefix.Length..], allNames),
            _ => null,
        };
    }

    private static string Trunk(string name)
    {
        var parts = name.Split('.');
        if (parts is ["patch_embed", "proj", ..])
        {
            parts[1] = "projection";
        }

        return parts is ["blocks", ..] ? BlockParts(parts) : string.Join('.', parts);
    }

    // convs.N.conv.weight: the inner conv is Meta's way to leave room for a norm.
    private static string Neck(string name) => name.Replace(".conv.", ".", StringComparison.Ordinal);

    private static string Prompt(string name)
    {
        var parts = name.Split('.');
        return parts is ["mask_downscaling", var layer, ..] && MaskDownscaling.TryGetValue(layer, out var translated)
            ? string.Join('.', ["mask_embed", translated, .. parts[2..]])
            : name;
    }

    private static string Decoder(string name, IReadOnlySet<string> allNames)
    {
        var parts = name.Split('.');
        return parts switch
        {
            ["transformer", ..] => BlockParts(parts),
            ["output_upscaling", var layer, ..] when Upscaling.TryGetValue(layer, out var translated) =>
                string.Join('.', [translated, .. parts[2..]]),
            ["output_hypernetworks_mlps", var index, "layers", var layer, ..] =>
                Head([parts[0], index], layer, parts[4..], allNames),
            ["iou_prediction_head" or "pred_obj_score_head", "layers", var layer, ..] =>
                Head([parts[0]], layer, parts[3..], allNames),
            _ => name,
        };
    }

    /// <summary>Parts of a transformer block: norms, projections and the two layers of its MLP.</summary>
    private static string BlockParts(string[] parts)
    {
        var translated = new List<string>(parts.Length);
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i];
            if (part == "mlp" && i + 2 < parts.Length && parts[i + 1] == "layers" && parts[i + 2] is "0" or "1")
            {
                translated.Add(part);
                translated.Add(parts[i + 2] == "0" ? "proj_in" : "proj_out");
                i += 2;
            }
            else
            {
                translated.Add(part == "out_proj" ? "o_proj" : part.StartsWith("norm", StringComparison.Ordinal) ? "layer_" + part : part);
            }
        }

        return string.Join('.', translated);
    }

    /// <summary>Layers 0 to n of a head are proj_in, layers.0 to layers.n-2 and proj_out.</summary>
    private static string Head(string[] head, string layer, string[] rest, IReadOnlySet<string> allNames)
    {
        string[] translated = ["layers", layer];
        if (int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < int.MaxValue)
        {
            var next = FormattableString.Invariant($"{DecoderPrefix}{string.Join('.', head)}.layers.{index + 1}.weight");
            translated = index == 0 ? ["proj_in"]
                : allNames.Contains(next) ? ["layers", (index - 1).ToString(CultureInfo.InvariantCulture)]
                : ["proj_out"];
        }

        return string.Join('.', [.. head, .. translated, .. rest]);
    }
}
