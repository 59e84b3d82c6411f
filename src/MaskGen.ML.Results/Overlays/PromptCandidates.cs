namespace MaskGen.ML.Results;

/// <summary>Tells masks that are candidates of one prompt from masks of several objects.</summary>
internal static class PromptCandidates
{
    // What the model gives for an ambiguous prompt, see MaskOutput.Multimask.
    private const int PerPrompt = 3;

    // With what other decoders give beside it.
    private const int MostOfOnePrompt = 4;

    /// <summary>How many masks of a set follow each other for each prompt.</summary>
    /// <returns>2 to 4 if all masks have the same prompt; 3 if the set has three masks after each other for each of several prompts, as
    /// <see cref="MaskOutput.Multimask"/> gives them; otherwise 1. Masks without a prompt are candidates of none.</returns>
    public static int CountPerPrompt(MaskSet masks)
    {
        if (masks.Count < 2 || masks.Any(mask => mask.Points.Count == 0 && mask.Box is null))
        {
            return 1;
        }

        if (masks.Count <= MostOfOnePrompt && masks.All(mask => IsSamePrompt(mask, masks[0])))
        {
            return masks.Count;
        }

        var prompts = masks.Chunk(PerPrompt).ToList();
        return masks.Count % PerPrompt == 0
            && prompts.TrueForAll(candidates => Array.TrueForAll(candidates, mask => IsSamePrompt(mask, candidates[0])))
            && prompts.Zip(prompts.Skip(1)).All(pair => !IsSamePrompt(pair.First[0], pair.Second[0]))
            ? PerPrompt
            : 1;
    }

    /// <summary>The places in the set of the candidates of each prompt, those of highest predicted IoU first; NaN is below every number,
    /// and of equals the earlier comes first.</summary>
    /// <param name="masks">The set.</param>
    /// <param name="perPrompt">What <see cref="CountPerPrompt"/> gives for it.</param>
    public static IEnumerable<int[]> BestFirst(MaskSet masks, int perPrompt) =>
        Enumerable.Range(0, masks.Count).Chunk(perPrompt)
            .Select(places => places.OrderByDescending(place => masks[place].PredictedIou).ToArray());

    /// <summary>Whether masks are what prompts asked for, and not everything that was found: there is one mask alone, they are candidates
    /// of prompts, or one has a prompt that no grid of points gives.</summary>
    /// <param name="masks">The set.</param>
    /// <param name="perPrompt">What <see cref="CountPerPrompt"/> gives for it.</param>
    public static bool AreAskedFor(MaskSet masks, int perPrompt) =>
        masks.Count == 1 || perPrompt > 1 || masks.Any(mask => mask.Box is not null || mask.Points.Count > 1);

    private static bool IsSamePrompt(MaskRecord first, MaskRecord second) =>
        Equals(first.Box, second.Box) && first.Points.SequenceEqual(second.Points);
}
