using System.Text;
using System.Text.Json.Nodes;

namespace MaskGen.ML.Tests.Sam2;

/// <summary>A config.json with some fields set to other values, most of them near what can be: the same seed gives the same one.</summary>
internal static class RandomConfig
{
    private static readonly string[] Originals =
        [.. new[] { "micro", "nano", "official/tiny",
            "official/large" }.Select(name => File.ReadAllText(Fixture.Path(name + "/config.json")))];

    private static readonly string[] Numbers =
    [
        "vision_config.fpn_hidden_size", "prompt_encoder_config.mask_input_channels", "mask_decoder_config.num_hidden_layers",
        "mask_decoder_config.num_attention_heads", "mask_decoder_config.mlp_dim", "mask_decoder_config.attention_downsample_rate",
        "mask_decoder_config.num_multimask_outputs", "mask_decoder_config.iou_head_depth", "mask_decoder_config.iou_head_hidden_dim",
        "vision_config.backbone_config.mlp_ratio", "vision_config.backbone_config.layer_norm_eps",
        "vision_config.backbone_config.num_query_pool_stages",
        "vision_config.backbone_config.query_stride", "vision_config.backbone_config.patch_stride",
        "vision_config.backbone_config.patch_kernel_size",
        "vision_config.backbone_config.patch_padding", "vision_config.backbone_config.window_positional_embedding_background_size",
    ];

    private static readonly string[] Lists =
    [
        "blocks_per_stage", "embed_dim_per_stage", "num_attention_heads_per_stage", "window_size_per_stage", "window_size_per_stage",
        "window_size_per_stage", "global_attention_blocks",
    ];

    /// <summary>UTF-8 JSON.</summary>
    public static byte[] Create(int seed)
    {
        var random = new Random(seed);
        var root = JsonNode.Parse(Originals[random.Next(Originals.Length)])!;
        var backbone = root["vision_config"]!["backbone_config"]!.AsObject();
        if (random.Next(2) == 0)
        {
            SetImageSize(root, random.Next(4) == 0 ? Number(random) : 32 * random.Next(1, 12));
        }

        for (var i = random.Next(1, 7); i > 0; i--)
        {
            if (random.Next(3) == 0)
            {
                SetNumber(root, Numbers[random.Next(Numbers.Length)], random);
            }
            else
            {
                SetList(backbone, Lists[random.Next(Lists.Length)], random);
            }
        }

        Agree(root, backbone);
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static void SetNumber(JsonNode root, string field, Random random)
    {
        var names = field.Split('.');
        var parent = names[..^1].Aggregate(root, (node, name) => node[name]!);
        parent[names[^1]] = names[^1] is "mlp_ratio" or "layer_norm_eps" && random.Next(2) == 0 ? random.NextDouble() * 4 : Number(random);
    }

    private static void SetList(JsonObject backbone, string name, Random random)
    {
        var length = name == "global_attention_blocks" ? random.Next(0, 6) : random.Next(20) == 0 ? random.Next(0, 6) : 4;
        var values = Enumerable.Range(0, length).Select(i => name switch
        {
            "blocks_per_stage" => random.Next(1, 5),
            "embed_dim_per_stage" => (random.Next(4) == 0 ? 1 : 8) * random.Next(1, 20),
            "num_attention_heads_per_stage" => 1 << random.Next(4),
            "window_size_per_stage" => random.Next(3) == 0 ? random.Next(1, 20) : 2 * random.Next(1, 9),
            _ => i + random.Next(0, 8),
        });
        backbone[name] = new JsonArray([.. values.Select(value => (JsonNode)(random.Next(40) == 0 ? Number(random) : value))]);
    }

    // Mostly small, sometimes where an addition or a product overflows.
    private static int Number(Random random) => random.Next(10) switch
    {
        0 => random.Next(-2, 3),
        1 => 1 << random.Next(0, 31),
        2 => (1 << random.Next(0, 21)) + random.Next(-1, 2),
        3 => int.MaxValue - random.Next(3),
        < 7 => 8 * random.Next(1, 40),
        _ => random.Next(1, 40),
    };

    private static void SetImageSize(JsonNode root, int size)
    {
        root["vision_config"]!["backbone_config"]!["image_size"] = new JsonArray(size, size);
        root["prompt_encoder_config"]!["image_size"] = size;
    }

    // Fields that repeat others would refuse nearly everything.
    private static void Agree(JsonNode root, JsonObject backbone)
    {
        backbone.Remove("hidden_size");
        backbone.Remove("num_attention_heads");
        root["vision_config"]!.AsObject().Remove("backbone_channel_list");
        foreach (var part in new[] { "prompt_encoder_config", "mask_decoder_config" })
        {
            root[part]!["hidden_size"] = root["vision_config"]!["fpn_hidden_size"]!.DeepClone();
        }
    }
}
