using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Running sums of one prompt's attention to the image: softmax over image tokens that are seen chunk by chunk.</summary>
/// <remarks>Everything is relative to the largest attention score seen so far, and rescaled when a larger one comes.</remarks>
internal readonly unsafe struct AttentionSums
{
    private readonly int _rows;
    private readonly int _lanes;
    private readonly int _coefficientRows;
    private readonly int _valueLanes;

    /// <param name="arena">Gives the memory.</param>
    /// <param name="rows">Rows of attention scores: heads times reading tokens.</param>
    /// <param name="lanes">Rows, rounded up to whole vectors.</param>
    /// <param name="coefficientRows">Coefficients of an image token.</param>
    /// <param name="valueLanes">Channels of a head, rounded up to whole vectors.</param>
    public AttentionSums(ScratchArena arena, int rows, int lanes, int coefficientRows, int valueLanes)
    {
        (_rows, _lanes, _coefficientRows, _valueLanes) = (rows, lanes, coefficientRows, valueLanes);
        Maxima = arena.Take(lanes);
        Totals = arena.Take(lanes);
        Coefficients = arena.Take((long)coefficientRows * lanes);
        Values = arena.Take((long)rows * valueLanes);
        new Span<float>(Maxima, lanes).Fill(float.NegativeInfinity);
        new Span<float>(Totals, lanes).Clear();
        new Span<float>(Coefficients, coefficientRows * lanes).Clear();
        new Span<float>(Values, rows * valueLanes).Clear();
    }

    /// <summary>[rows] largest attention scores, in units of log2.</summary>
    public float* Maxima { get; }

    /// <summary>[rows] sums of 2^(score - maximum).</summary>
    public float* Totals { get; }

    /// <summary>[coefficient rows, lanes] sums of attention times coefficient.</summary>
    public float* Coefficients { get; }

    /// <summary>Floats from row to row of <see cref="Values"/>.</summary>
    public int ValueLanes => _valueLanes;

    /// <summary>[rows, value lanes] sums of attention times the image's own part of the value.</summary>
    public float* Values { get; }

    /// <summary>Raises the maxima to those of a new chunk and rescales the sums to them.</summary>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="maxima">[rows] of the new chunk; receives the common maxima.</param>
    /// <param name="factors">Scratch [lanes].</param>
    public void RescaleTo(PanelKernels kernels, float* maxima, float* factors)
    {
        var isRaised = false;
        new Span<float>(factors, _lanes).Fill(1);
        for (var row = 0; row < _rows; row++)
        {
            if (maxima[row] > Maxima[row])
            {
                factors[row] = float.Exp2(Maxima[row] - maxima[row]);
                Maxima[row] = maxima[row];
                isRaised = true;
            }

            maxima[row] = Maxima[row];
        }

        if (isRaised)
        {
            Rescale(kernels, factors);
        }
    }

    /// <summary>Merges sums over other chunks; <paramref name="other"/> is modified.</summary>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="other">Sums of the same rows.</param>
    /// <param name="maxima">Scratch [lanes].</param>
    /// <param name="factors">Scratch [lanes].</param>
    public void Merge(PanelKernels kernels, AttentionSums other, float* maxima, float* factors)
    {
        // Either side is brought to the other's maxima, which after the first step are the larger of both.
        new Span<float>(other.Maxima, _rows).CopyTo(new Span<float>(maxima, _rows));
        RescaleTo(kernels, maxima, factors);
        other.RescaleTo(kernels, maxima, factors);
        TokenMath.Add(Coefficients, other.Coefficients, Coefficients, _coefficientRows * _lanes);
        TokenMath.Add(Values, other.Values, Values, _rows * _valueLanes);
        TokenMath.Add(Totals, other.Totals, Totals, _rows);
    }

    private void Rescale(PanelKernels kernels, float* factors)
    {
        kernels.ScaleLanes(Totals, 1, _lanes, factors);
        kernels.ScaleLanes(Coefficients, _coefficientRows, _lanes, factors);
        for (var row = 0; row < _rows; row++)
        {
            for (var channel = 0; factors[row] != 1 && channel < _valueLanes; channel++)
            {
                Values[(row * _valueLanes) + channel] *= factors[row];
            }
        }
    }
}
