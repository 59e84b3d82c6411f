using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>The token side of one two-way layer.</summary>
internal sealed class TwoWayLayerWeights : IDisposable
{
    public TwoWayLayerWeights(WeightReader reader, string name, DecoderSizes sizes, MaskDecoderConfig config, float normEpsilon)
    {
        var hidden = sizes.Hidden;
        var selfScale = AttentionScale.For(hidden / sizes.Heads);
        SelfQuery = reader.Linear($"{name}.self_attn.q_proj", hidden, hidden, selfScale);
        SelfKey = reader.Linear($"{name}.self_attn.k_proj", hidden, hidden);
        SelfValue = reader.Linear($"{name}.self_attn.v_proj", hidden, hidden);
        SelfOutput = reader.Linear($"{name}.self_attn.o_proj", hidden, hidden);
        Norm1 = reader.LayerNorm($"{name}.layer_norm1", hidden, normEpsilon);
        Norm2 = reader.LayerNorm($"{name}.layer_norm2", hidden, normEpsilon);
        Norm3 = reader.LayerNorm($"{name}.layer_norm3", hidden, normEpsilon);
        ReadImage = new TokenToImageWeights(reader, $"{name}.cross_attn_token_to_image", sizes);
        Mlp = new FeedForward(
        [
            reader.Linear($"{name}.mlp.proj_in", config.MlpSize, hidden),
            reader.Linear($"{name}.mlp.proj_out", hidden, config.MlpSize),
        ]);
        ImageKey = reader.Linear($"{name}.cross_attn_image_to_token.k_proj", sizes.Cross, hidden, AttentionScale.For(sizes.HeadSize));
        ImageValue = reader.Linear($"{name}.cross_attn_image_to_token.v_proj", sizes.Cross, hidden);
    }

    /// <summary>Scaled for a softmax in base 2, as <see cref="ImageKey"/> is.</summary>
    public PackedLinear SelfQuery { get; }

    public PackedLinear SelfKey { get; }

    public PackedLinear SelfValue { get; }

    public PackedLinear SelfOutput { get; }

    public LayerNorm Norm1 { get; }

    public LayerNorm Norm2 { get; }

    public LayerNorm Norm3 { get; }

    public TokenToImageWeights ReadImage { get; }

    public FeedForward Mlp { get; }

    /// <summary>Keys of the tokens, which image tokens attend to.</summary>
    public PackedLinear ImageKey { get; }

    public PackedLinear ImageValue { get; }

    public void Dispose()
    {
        SelfQuery.Dispose();
        SelfKey.Dispose();
        SelfValue.Dispose();
        SelfOutput.Dispose();
        ReadImage.Dispose();
        Mlp.Dispose();
        ImageKey.Dispose();
        ImageValue.Dispose();
    }
}
