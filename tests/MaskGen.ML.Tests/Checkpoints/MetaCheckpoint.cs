using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>Writes any checkpoint as Meta's <c>.pt</c>: the way back of the names, put down independently of the reader's.</summary>
internal static partial class MetaCheckpoint
{
    /// <summary>A tensor under Meta's name.</summary>
    public sealed record Tensor(string Name, int[] Shape, ReadOnlyMemory<float> Values);

    public static byte[] Write(ICheckpoint checkpoint, bool zip64 = false)
    {
        var (tensors, storages) = Torch(Tensors(checkpoint));
        return TorchFile.Checkpoint(tensors, storages, zip64);
    }

    /// <summary>Each tensor with a storage of its own.</summary>
    public static (List<TorchFile.Tensor> Tensors, List<TorchFile.Storage> Storages) Torch(
        IEnumerable<Tensor> source, string keyPrefix = "")
    {
        var tensors = new List<TorchFile.Tensor>();
        var storages = new List<TorchFile.Storage>();
        foreach (var tensor in source)
        {
            var key = keyPrefix + storages.Count.ToString(CultureInfo.InvariantCulture);
            storages.Add(
                new TorchFile.Storage(key, "FloatStorage", MemoryMarshal.AsBytes(tensor.Values.Span).ToArray(), tensor.Values.Length));
            tensors.Add(new TorchFile.Tensor(tensor.Name, key, 0, tensor.Shape, TorchFile.Strides(tensor.Shape)));
        }

        return (tensors, storages);
    }

    /// <summary>The tensors under the names that they have.</summary>
    public static IEnumerable<Tensor> HuggingFaceTensors(ICheckpoint checkpoint) =>
        checkpoint.Tensors.Select(t => new Tensor(t.Key, [.. t.Value.Shape], checkpoint.ReadFloat32(t.Key)));

    public static IEnumerable<Tensor> Tensors(ICheckpoint checkpoint)
    {
        foreach (var (name, description) in checkpoint.Tensors)
        {
            var values = checkpoint.ReadFloat32(name);
            int[] shape = [.. description.Shape];
            if (name == "prompt_encoder.point_embed.weight")
            {
                for (var i = 0; i < shape[0]; i++)
                {
                    yield return new Tensor(
                        $"sam_prompt_encoder.point_embeddings.{i}.weight", [1, shape[1]], values.Slice(i * shape[1], shape[1]));
                }
            }
            else if (name != "prompt_encoder.shared_embedding.positional_embedding")
            {
                yield return new Tensor(MetaName(name), shape, values);
            }
        }
    }

    private static string MetaName(string name)
    {
        if (name == "no_memory_embedding")
        {
            return "no_mem_embed";
        }

        if (name == "shared_image_embedding.positional_embedding")
        {
            return "sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix";
        }

        name = name
            .Replace("vision_encoder.backbone", "image_encoder.trunk")
            .Replace("vision_encoder.neck", "image_encoder.neck")
            .Replace("prompt_encoder.", "sam_prompt_encoder.")
            .Replace("mask_decoder.", "sam_mask_decoder.")
            .Replace("patch_embed.projection", "patch_embed.proj")
            .Replace("mask_embed.conv1", "mask_downscaling.0").Replace("mask_embed.layer_norm1", "mask_downscaling.1")
            .Replace("mask_embed.conv2", "mask_downscaling.3")
            .Replace("mask_embed.layer_norm2", "mask_downscaling.4").Replace("mask_embed.conv3", "mask_downscaling.6")
            .Replace("upscale_conv1", "output_upscaling.0")
            .Replace("upscale_layer_norm", "output_upscaling.1").Replace("upscale_conv2", "output_upscaling.3")
            .Replace("layer_norm", "norm")
            .Replace("o_proj", "out_proj")
            .Replace("mlp.proj_in", "mlp.layers.0").Replace("mlp.proj_out", "mlp.layers.1");
        name = NeckConvolution().Replace(name, "$1.conv.");
        return Head().IsMatch(name)
            ? name.Replace("layers.0.", "layers.1.").Replace("proj_in", "layers.0").Replace("proj_out", "layers.2")
            : name;
    }

    [GeneratedRegex(@"(neck\.convs\.\d+)\.")]
    private static partial Regex NeckConvolution();

    [GeneratedRegex(@"iou_prediction_head|pred_obj_score_head|output_hypernetworks_mlps")]
    private static partial Regex Head();
}
