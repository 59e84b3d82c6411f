namespace MaskGen.ML.Inference.Decoding;

/// <summary>The token side of an attention in which prompt tokens read the image.</summary>
internal sealed class TokenToImageWeights(WeightReader reader, string name, DecoderSizes sizes) : IDisposable
{
    /// <summary>Scaled for a softmax in base 2.</summary>
    public PackedLinear Query { get; } =
        reader.Linear($"{name}.q_proj", sizes.Cross, sizes.Hidden, AttentionScale.For(sizes.HeadSize));

    public PackedLinear Output { get; } = reader.Linear($"{name}.o_proj", sizes.Hidden, sizes.Cross);

    public void Dispose()
    {
        Query.Dispose();
        Output.Dispose();
    }
}
