using System.Globalization;

namespace MaskGen.ML.Results;

/// <summary>A picture of an image with some of its masks, or with none.</summary>
/// <param name="Indices">The masks, by their indices in the set.</param>
/// <param name="Caption">What is written below it where there are several panels.</param>
internal sealed record OverlayPanel(IReadOnlyList<int> Indices, PanelCaption Caption)
{
    private static readonly string[] Ranks = ["best of each prompt", "second of each prompt", "third of each prompt"];

    /// <summary>What to draw of a set: all masks together, or the candidates of a prompt apart; before that the image alone where it is
    /// asked for.</summary>
    public static IReadOnlyList<OverlayPanel> Of(MaskSet masks, MaskOverlayOptions options)
    {
        IEnumerable<OverlayPanel> panels = options.SideBySide ? [new OverlayPanel([], PanelCaption.None)] : [];
        return [.. panels, .. OfMasks(masks, options.ShowsCandidatesApart ? PromptCandidates.CountPerPrompt(masks) : 1)];
    }

    /// <summary>The candidates apart, or all masks together if they are none.</summary>
    /// <param name="masks">The set.</param>
    /// <param name="perPrompt">What <see cref="PromptCandidates.CountPerPrompt"/> gives.</param>
    private static IEnumerable<OverlayPanel> OfMasks(MaskSet masks, int perPrompt)
    {
        if (perPrompt == 1)
        {
            return [new OverlayPanel([.. Enumerable.Range(0, masks.Count)], PanelCaption.None)];
        }

        var prompts = PromptCandidates.BestFirst(masks, perPrompt).ToList();
        return prompts.Count == 1
            ? Enumerable.Range(0, masks.Count).Select(place => new OverlayPanel([place], CaptionOf(masks, place, prompts[0][0])))
            : Enumerable.Range(0, perPrompt).Select(rank =>
                new OverlayPanel([.. prompts.Select(places => places[rank])], new PanelCaption(Ranks[rank], null, rank == 0)));
    }

    private static PanelCaption CaptionOf(MaskSet masks, int place, int best)
    {
        var iou = masks[place].PredictedIou;
        var score = float.IsNaN(iou) ? "n/a" : iou.ToString("0.000", CultureInfo.InvariantCulture);
        return new PanelCaption(string.Create(CultureInfo.InvariantCulture, $"{place + 1}  predicted IoU {score}"), place, place == best);
    }
}
