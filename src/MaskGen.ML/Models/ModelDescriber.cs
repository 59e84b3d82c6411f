using System.Security.Cryptography;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Models;

/// <summary>Describes an open model.</summary>
internal static class ModelDescriber
{
    public static Sam2ModelDescription Describe(Sam2Model model, OpenedSam2Model opened)
    {
        if (opened.Export is { } export)
        {
            return Describe(model, export);
        }

        var tensors = opened.Weights.Tensors.Where(t => t.Value.IsReadable).ToDictionary();
        var files = opened.Weights.Files;
        var path = files.Count == 0 ? null : HubCache.Resolve(opened.Weights.Source);
        return new Sam2ModelDescription
        {
            Name = model.Name,
            OfficialSize = OfficialArchitectures.SizeOf(opened.Config),
            ImageSize = opened.Config.ImageSize,
            EmbeddingChannels = opened.Config.HiddenSize,
            StageWidths = opened.Config.Trunk.WidthPerStage,
            StageBlocks = opened.Config.Trunk.BlocksPerStage,
            ParameterCount = tensors.Where(t => t.Key != MetaTensorNames.PositionalEmbeddings[1]).Sum(t => t.Value.Count),
            StoredTypes =
            [
                .. tensors.Values
                    .GroupBy(t => t.ElementType)
                    .OrderByDescending(g => g.Sum(t => t.Count))
                    .Select(g => TensorElements.NameOf(g.Key)),
            ],
            WeightsPath = path,
            WeightsBytes = path is null ? null : files.Sum(file => new FileInfo(HubCache.Resolve(file)).Length),
            WeightsSha256 = files.Count == 1 ? Sha256Of(files[0]) : null,
            RecommendedThresholds = model.RecommendedThresholds,
        };
    }

    // The trunk is inside a graph: of it nothing is told.
    private static Sam2ModelDescription Describe(Sam2Model model, OnnxExport export)
    {
        var weights = export.Files.SelectMany(file => file.Header.Weights).ToList();
        var path = export.Encoder?.Source is { } source && File.Exists(source) ? HubCache.Resolve(source) : null;
        return new Sam2ModelDescription
        {
            Name = model.Name,
            OfficialSize = null,
            ImageSize = export.Sizes.PixelSide,
            EmbeddingChannels = export.Sizes.Channels,
            StageWidths = [],
            StageBlocks = [],
            ParameterCount = weights.Sum(weight => weight.Count),
            StoredTypes =
            [
                .. weights.GroupBy(weight => weight.ElementType)
                    .OrderByDescending(group => group.Sum(weight => weight.Count))
                    .Select(group => OnnxElementTypes.NameOf(group.Key)),
            ],
            WeightsPath = path,
            WeightsBytes = path is null ? null : export.Files.Sum(file => file.Length),
            WeightsSha256 = null,
            RecommendedThresholds = model.RecommendedThresholds,
            Export = export.Family.Name,
        };
    }

    private static string Sha256Of(string path)
    {
        using var stream = RegularFile.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream)).ToLowerInvariant();
    }
}
