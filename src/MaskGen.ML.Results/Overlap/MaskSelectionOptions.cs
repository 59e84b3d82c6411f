using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>What becomes of masks of one image that overlap.</summary>
internal sealed record MaskSelectionOptions
{
    /// <summary>Discard the worse of two masks above this overlap, see <see cref="MaskSelection.Suppress"/>; null for off.</summary>
    public double? NmsThreshold { get; init; }

    /// <summary>Which mask gets a pixel of several, see <see cref="MaskSelection.MakeDisjoint"/>; null for off.</summary>
    public DisjointRule? Disjoint { get; init; }

    /// <summary>Applies what is chosen: first what is discarded, then whose the pixels are. Crowds are no single objects: they stay as
    /// they are, after the others.</summary>
    public MaskSet Apply(MaskSet masks) => Apply(masks, out _);

    /// <inheritdoc cref="Apply(MaskSet)"/>
    /// <param name="masks">The masks.</param>
    /// <param name="discarded">Places in the set of the masks that are not among the result, in order.</param>
    public MaskSet Apply(MaskSet masks, out IReadOnlyList<int> discarded)
    {
        discarded = [];
        if (NmsThreshold is null && Disjoint is null)
        {
            return masks;
        }

        var (objects, crowds) = (SourceAnnotation.WithoutCrowds(masks), masks.Where(SourceAnnotation.IsOfCrowd));
        IReadOnlyList<(int Index, MaskRecord Mask)> kept = [.. objects.Select((mask, index) => (index, mask))];
        if (NmsThreshold is { } threshold)
        {
            kept = [.. MaskSelection.Kept(objects, threshold).Select(index => (index, objects[index]))];
        }

        if (Disjoint is { } rule)
        {
            var left = MaskSelection.Disjoint(new MaskSet(masks.ImageSize, [.. kept.Select(one => one.Mask)]), rule);
            kept = [.. kept.Zip(left).Where(pair => pair.Second is not null).Select(pair => (pair.First.Index, pair.Second!))];
        }

        discarded = [.. Enumerable.Range(0, objects.Count).Except(kept.Select(one => one.Index))];
        return new MaskSet(masks.ImageSize, [.. kept.Select(one => one.Mask), .. crowds]);
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
