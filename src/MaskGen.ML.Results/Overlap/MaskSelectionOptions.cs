using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>What becomes of masks of one image that overlap.</summary>
internal sealed record MaskSelectionOptions
{
    /// <summary>Discard the worse of two masks above this overlap, see <see cref="MaskSelection.Suppress"/>; null for off.</summary>
    public double? NmsThreshold { get; init; }

    /// <summary>Which mask gets a pixel of several, see <see cref="MaskSelection.MakeDisjoint"/>; null for off.</summary>
    public DisjointRule? Disjoint { get; init; }

    /// <summary>Applies what is chosen: first what is discarded, then whose the pixels are.</summary>
    public MaskSet Apply(MaskSet masks)
    {
        masks = NmsThreshold is { } threshold ? MaskSelection.Suppress(masks, threshold) : masks;
        return Disjoint is { } rule ? MaskSelection.MakeDisjoint(masks, rule) : masks;
    }

    /// <summary>Writes what is chosen among the settings of a run; nothing where nothing is.</summary>
    public void WriteSettings(Utf8JsonWriter json)
    {
        if (NmsThreshold is { } threshold)
        {
            json.WriteNumber("mask_nms_thresh", threshold);
        }

        if (Disjoint is { } rule)
        {
            json.WriteString("disjoint", rule == DisjointRule.Smaller ? "smaller" : "better");
        }
    }
}
