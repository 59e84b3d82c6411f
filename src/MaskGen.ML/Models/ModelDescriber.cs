using System.Security.Cryptography;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Models;

/// <summary>Describes an open model.</summary>
internal static class ModelDescriber
{
    public static Sam2ModelDescription Describe(Sam2Model model, OpenedSam2Model opened)
    {
        var tensors = opened.Weights.Tensors;
        var path = File.Exists(opened.Weights.Source) ? HubCache.Resolve(opened.Weights.Source) : null;
        return new Sam2ModelDescription
        {
            Name = model.Name,
            OfficialSize = OfficialGeometries.SizeOf(opened.Config),
            ImageSize = opened.Config.ImageSize,
            EmbeddingChannels = opened.Config.HiddenSize,
            StageWidths = opened.Config.Trunk.WidthPerStage,
            StageBlocks = opened.Config.Trunk.BlocksPerStage,
            ParameterCount = tensors.Where(t => t.Key != MetaTensorNames.PositionalEmbeddings[1]).Sum(t => t.Value.Count),
            StoredTypes =
            [
                .. tensors.Values.GroupBy(t => t.ElementType).OrderByDescending(g => g.Sum(t => t.Count)).Select(g => TensorElements.NameOf(g.Key)),
            ],
            WeightsPath = path,
            WeightsBytes = path is null ? null : new FileInfo(path).Length,
            WeightsSha256 = path is null ? null : Sha256Of(path),
            RecommendedThresholds = model.RecommendedThresholds,
        };
    }

    private static string Sha256Of(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream)).ToLowerInvariant();
    }
}
