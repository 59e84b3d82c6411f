namespace MaskGen.ML.Checkpoints;

/// <summary>What the names of the image model's tensors have in common, as Meta and as Hugging Face spell them, and what wrappers put
/// between their parts.</summary>
internal static class ModelTensorNames
{
    // First parts of the names; a published file holds the video model as well, under others.
    private static readonly string[] HuggingFaceParts =
        ["vision_encoder", "prompt_encoder", "mask_decoder", "shared_image_embedding", "no_memory_embedding"];

    private static readonly string[] MetaParts = ["image_encoder", "sam_prompt_encoder", "sam_mask_decoder", "no_mem_embed"];

    // What DistributedDataParallel, torch.compile, FSDP, activation checkpointing and Fabric name the module that they wrap, at any depth.
    private static readonly string[] Wrappers =
        ["module", "_orig_mod", "_fsdp_wrapped_module", "_fpw_module", "_checkpoint_wrapped_module", "_forward_module"];

    /// <summary>Tensors that every SAM 2 has, whatever its configuration: Hugging Face's name and Meta's.</summary>
    public static IReadOnlyList<(string HuggingFace, string Meta)> Landmarks { get; } =
    [
        ("vision_encoder.backbone.patch_embed.projection.weight", "image_encoder.trunk.patch_embed.proj.weight"),
        ("vision_encoder.backbone.pos_embed", "image_encoder.trunk.pos_embed"),
        ("vision_encoder.backbone.pos_embed_window", "image_encoder.trunk.pos_embed_window"),
        ("vision_encoder.neck.convs.0.weight", "image_encoder.neck.convs.0.conv.weight"),
        ("prompt_encoder.no_mask_embed.weight", "sam_prompt_encoder.no_mask_embed.weight"),
        ("prompt_encoder.not_a_point_embed.weight", "sam_prompt_encoder.not_a_point_embed.weight"),
        ("mask_decoder.iou_token.weight", "sam_mask_decoder.iou_token.weight"),
        ("mask_decoder.mask_tokens.weight", "sam_mask_decoder.mask_tokens.weight"),
        ("mask_decoder.obj_score_token.weight", "sam_mask_decoder.obj_score_token.weight"),
        ("mask_decoder.conv_s0.weight", "sam_mask_decoder.conv_s0.weight"),
        ("no_memory_embedding", "no_mem_embed"),
    ];

    /// <summary>Whether a name is one of the image model, without any prefix.</summary>
    public static bool IsOfImageModel(ReadOnlySpan<char> name, bool isMeta)
    {
        var dot = name.IndexOf('.');
        var first = dot < 0 ? name : name[..dot];
        foreach (var part in isMeta ? MetaParts : HuggingFaceParts)
        {
            if (first.SequenceEqual(part))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a part of a name is that of a wrapper.</summary>
    public static bool IsWrapper(ReadOnlySpan<char> part)
    {
        foreach (var wrapper in Wrappers)
        {
            if (part.SequenceEqual(wrapper))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A name without the parts of wrappers behind its first one.</summary>
    public static string WithoutWrappers(string name)
    {
        var parts = name.Split('.');
        return parts.Skip(1).Any(part => IsWrapper(part)) ? string.Join('.', parts.Where((part, i) => i == 0 || !IsWrapper(part))) : name;
    }

    /// <summary>Where in a name another begins that it ends with, parts of wrappers between its own aside; -1 where it does not.</summary>
    public static int FindEnding(ReadOnlySpan<char> name, ReadOnlySpan<char> ending)
    {
        var start = name.Length + 1;
        var rest = ending;
        while (start > 0)
        {
            var before = name[..(start - 1)];
            var part = before[(before.LastIndexOf('.') + 1)..];
            var wanted = rest[(rest.LastIndexOf('.') + 1)..];
            if (part.SequenceEqual(wanted))
            {
                start = before.Length - part.Length;
                if (wanted.Length == rest.Length)
                {
                    return start;
                }

                rest = rest[..(rest.Length - wanted.Length - 1)];
            }
            else if (rest.Length < ending.Length && IsWrapper(part))
            {
                start = before.Length - part.Length;
            }
            else
            {
                break;
            }
        }

        return -1;
    }
}
