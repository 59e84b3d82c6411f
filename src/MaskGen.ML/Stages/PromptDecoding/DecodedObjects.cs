namespace MaskGen.ML.Stages;

/// <summary>The decoder's answers to the prompts of one row; the masks are brought to the size of the image only when they are asked
/// for.</summary>
internal sealed class DecodedObjects
{
    private readonly Lazy<MaskSet> _masks;

    /// <param name="answers">One per object.</param>
    /// <param name="makeMasks">Makes the masks, one object after the other.</param>
    public DecodedObjects(IReadOnlyList<DecodedPrompt> answers, Func<MaskSet> makeMasks)
    {
        Answers = answers;
        MaskCount = answers.Sum(answer => answer.Masks.Count);
        _masks = new Lazy<MaskSet>(makeMasks);
    }

    /// <summary>What a row without a picture gives.</summary>
    public static DecodedObjects Empty { get; } = new([], () => MaskSet.Empty);

    public IReadOnlyList<DecodedPrompt> Answers { get; }

    public int MaskCount { get; }

    public MaskSet Masks => _masks.Value;
}
