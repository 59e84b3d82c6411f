namespace MaskGen.ML.Inference;

/// <summary>What a decoder has computed of an image; its memory is given back with the last holder, which may be a batch, a caller or the
/// decoder itself. Whoever makes it is the first.</summary>
internal interface ICountedImage
{
    EncodedImage Image { get; }

    /// <summary>Adds a holder.</summary>
    void Hold();

    /// <summary>Takes one away.</summary>
    void Release();
}
