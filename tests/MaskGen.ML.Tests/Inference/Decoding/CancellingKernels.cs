using MaskGen.ML.Kernels;

namespace MaskGen.ML.Tests.Inference.Decoding;

/// <summary>Kernels that ask for cancellation at one of their calls and count the work that is done after it.</summary>
internal sealed unsafe class CancellingKernels(PanelKernels inner) : PanelKernels
{
    private long _products;

    /// <summary>Multiplications and additions of matrix products so far: what the time goes into.</summary>
    public long Products => Interlocked.Read(ref _products);

    /// <summary>Products at which to ask for cancellation.</summary>
    public long CancelAt { get; set; } = long.MaxValue;

    public CancellationTokenSource? Cancellation { get; set; }

    public override int VectorWidth => inner.VectorWidth;

    public override void MultiplyTile(
        float* weights, PanelSegment* segments, int segmentCount, int rows, float* result, nint resultStride, float* initial)
    {
        long depth = 0;
        for (var i = 0; i < segmentCount; i++)
        {
            depth += segments[i].Rows;
        }

        Count(depth * rows * PanelWidth);
        inner.MultiplyTile(weights, segments, segmentCount, rows, result, resultStride, initial);
    }

    public override void AccumulateOuter(float* rows, nint panelStride, int rowCount, TokenRows tokens, int panels, int lanes, float* sums)
    {
        Count((long)rowCount * panels * PanelWidth * lanes);
        inner.AccumulateOuter(rows, panelStride, rowCount, tokens, panels, lanes, sums);
    }

    public override void SoftmaxOverRows(float* scores, int rows, float* result, int resultRows) =>
        inner.SoftmaxOverRows(scores, rows, result, resultRows);

    public override void RowMaxima(float* values, nint panelStride, int rows, int panels, float* maxima) =>
        inner.RowMaxima(values, panelStride, rows, panels, maxima);

    public override void ExponentiateRows(float* values, nint panelStride, int rows, int panels, float* maxima, float* sums) =>
        inner.ExponentiateRows(values, panelStride, rows, panels, maxima, sums);

    public override void Transpose(float* panel, int rows, float* transposed, int lanes) => inner.Transpose(panel, rows, transposed, lanes);

    public override void AccumulateRowProducts(float* left, float* right, int rows, float* sums) =>
        inner.AccumulateRowProducts(left, right, rows, sums);

    public override void ScaleRows(float* panel, int rows, float* factors) => inner.ScaleRows(panel, rows, factors);

    public override void InverseDeviations(float* sumsOfSquares, int count, float epsilon, float* factors) =>
        inner.InverseDeviations(sumsOfSquares, count, epsilon, factors);

    public override void AddNormalizeGelu(
        float* panel, int channels, float* scale, float* basePanel, float* addend, float* gain, float* bias, float epsilon) =>
        inner.AddNormalizeGelu(panel, channels, scale, basePanel, addend, gain, bias, epsilon);

    public override void GeluDot(float* panel, float* addend, int channels, float* weights, float* result, nint resultStride) =>
        inner.GeluDot(panel, addend, channels, weights, result, resultStride);

    public override void ScaleLanes(float* matrix, int rows, int lanes, float* factors) => inner.ScaleLanes(matrix, rows, lanes, factors);

    public override void CenterRows(float* panel, int rows, float* gain) => inner.CenterRows(panel, rows, gain);

    public override void AddRows(float* panel, float* addend, int rows) => inner.AddRows(panel, addend, rows);

    private void Count(long products)
    {
        if (Interlocked.Add(ref _products, products) >= CancelAt)
        {
            Cancellation?.Cancel();
        }
    }
}
