namespace MaskGen.ML.Inference.Decoding;

/// <summary>Point embeddings and position encodings.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/modeling/sam/prompt_encoder.py and position_encoding.py. Safe for concurrent use.</remarks>
internal sealed unsafe class PromptEmbedder
{
    private readonly DecoderSizes _sizes;
    private readonly float[] _gaussian;
    private readonly float[] _labels;
    private readonly float[] _notAPoint;

    public PromptEmbedder(WeightReader reader, DecoderSizes sizes)
    {
        _sizes = sizes;
        _gaussian = reader.Read("prompt_encoder.shared_embedding.positional_embedding", 2, sizes.Hidden / 2).ToArray();
        _labels = reader.Read("prompt_encoder.point_embed.weight", 4, sizes.Hidden).ToArray();
        _notAPoint = reader.Read("prompt_encoder.not_a_point_embed.weight", 1, sizes.Hidden).ToArray();
    }

    /// <summary>Embedding of a point.</summary>
    /// <param name="x">Column in pixels of the model input, before the half-pixel shift.</param>
    /// <param name="y">Row, likewise.</param>
    /// <param name="label">What the point says.</param>
    /// <param name="embedding">[d].</param>
    public void Embed(float x, float y, PromptTokenLabel label, Span<float> embedding)
    {
        if (label == PromptTokenLabel.Padding)
        {
            _notAPoint.CopyTo(embedding);
            return;
        }

        EncodePosition(_gaussian, (x + 0.5f) / _sizes.ImageSize, (y + 0.5f) / _sizes.ImageSize, embedding);
        var offset = _labels.AsSpan((int)label * _sizes.Hidden, _sizes.Hidden);
        for (var i = 0; i < embedding.Length; i++)
        {
            embedding[i] += offset[i];
        }
    }

    /// <summary>Sines, then cosines, of random frequencies.</summary>
    /// <param name="gaussian">[2, d / 2] frequencies for x and for y.</param>
    /// <param name="x">Column in [0, 1].</param>
    /// <param name="y">Row in [0, 1].</param>
    /// <param name="encoding">[d].</param>
    public static void EncodePosition(ReadOnlySpan<float> gaussian, float x, float y, Span<float> encoding)
    {
        var half = encoding.Length / 2;
        for (var i = 0; i < half; i++)
        {
            var angle = 2 * MathF.PI * ((((2 * x) - 1) * gaussian[i]) + (((2 * y) - 1) * gaussian[half + i]));
            (encoding[i], encoding[half + i]) = MathF.SinCos(angle);
        }
    }
}
