namespace MaskGen.ML.Inference.Decoding;

/// <summary>A linear function of the image tokens that some step needs, split into the part that the image fixes and the parts that prompts
/// add.</summary>
/// <remarks>Image tokens after layer s are <c>scale e + sum over layers of coefficients times basis + constant</c>, e being the image's own
/// tokens; so <c>X tokens = scale (X Phi e) + sum of coefficients times (X basis) + X constant</c>. See docs/decoder.md.</remarks>
internal sealed class ImageProjection : IDisposable
{
    /// <summary>Outputs of the function.</summary>
    public required int Rows { get; init; }

    /// <summary>Where its rows start in a panel of its pass's projections.</summary>
    public required int ProjectionRow { get; init; }

    /// <summary>Where the rows of its position part start in a panel of the pass's position projections, or -1 where it has none of its
    /// own.</summary>
    public required int PositionRow { get; init; }

    /// <summary>Per layer: how the value vectors of that layer's image-to-token attention, [all heads], act on the outputs; the bias is the
    /// layer's constant.</summary>
    public required PackedLinear[] Layers { get; init; }

    /// <summary>[Rows] what the last layer norm's bias and the projection's own bias add.</summary>
    public required float[] Constant { get; init; }

    public void Dispose()
    {
        foreach (var layer in Layers)
        {
            layer.Dispose();
        }
    }
}
