namespace MaskGen.ML.Stages;

/// <summary>The decoder's answers to the prompts of one row; the masks are brought to the size of the image only when they are asked
/// for.</summary>
/// <param name="imageSize">Size of the image, zeros for none.</param>
/// <param name="answers">One per object.</param>
/// <param name="makeMasks">Makes the masks, one object after the other.</param>
/// <remarks>Not safe for concurrent use, as the row that it belongs to is not. A failure to make the masks is not remembered.</remarks>
internal sealed class DecodedObjects(ImageSize imageSize, IReadOnlyList<DecodedPrompt> answers, Func<MaskSet> makeMasks)
{
    private MaskSet? _masks;

    public ImageSize ImageSize { get; } = imageSize;

    public IReadOnlyList<DecodedPrompt> Answers { get; } = answers;

    public int MaskCount { get; } = answers.Sum(answer => answer.Masks.Count);

    public MaskSet Masks => _masks ??= makeMasks();

    /// <summary>What a row without an image or without prompts gives.</summary>
    public static DecodedObjects Empty => new(default, [], () => MaskSet.Empty);
}
