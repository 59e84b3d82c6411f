using System.Runtime.CompilerServices;

namespace MaskGen.ML.Kernels;

/// <summary>Element-wise steps, each lane for itself.</summary>
internal sealed unsafe partial class PanelKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AccumulateRowProducts(float* left, float* right, int rows, float* sums)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            var sum = TSimd.Load(sums + lane);
            for (var row = 0; row < rows; row++)
            {
                sum = TSimd.MultiplyAdd(TSimd.Load(left + (row * PanelWidth) + lane), TSimd.Load(right + (row * PanelWidth) + lane), sum);
            }

            TSimd.Store(sum, sums + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScaleRows(float* panel, int rows, float* factors)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            var factor = TSimd.Load(factors + lane);
            for (var row = 0; row < rows; row++)
            {
                var element = panel + (row * PanelWidth) + lane;
                TSimd.Store(TSimd.Multiply(TSimd.Load(element), factor), element);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScaleLanes(float* matrix, int rows, int lanes, float* factors)
    {
        for (var row = 0; row < rows; row++, matrix += lanes)
        {
            for (var lane = 0; lane < lanes; lane += TSimd.Width)
            {
                TSimd.Store(TSimd.Multiply(TSimd.Load(matrix + lane), TSimd.Load(factors + lane)), matrix + lane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void CenterRows(float* panel, int rows, float* gain)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            var sum = TSimd.Zero;
            for (var row = 0; row < rows; row++)
            {
                sum = TSimd.Add(sum, TSimd.Load(panel + (row * PanelWidth) + lane));
            }

            var mean = TSimd.Multiply(sum, TSimd.Broadcast(1f / rows));
            for (var row = 0; row < rows; row++)
            {
                var element = panel + (row * PanelWidth) + lane;
                var centered = TSimd.Subtract(TSimd.Load(element), mean);
                TSimd.Store(gain == null ? centered : TSimd.Multiply(centered, TSimd.Broadcast(gain[row])), element);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddRows(float* panel, float* addend, int rows)
    {
        for (var offset = 0; offset < rows * PanelWidth; offset += TSimd.Width)
        {
            TSimd.Store(TSimd.Add(TSimd.Load(panel + offset), TSimd.Load(addend + offset)), panel + offset);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void InverseDeviations(float* sumsOfSquares, int count, float epsilon, float* factors)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            // A sum of squares that was expanded into products may come out a rounding error below zero.
            var variance = TSimd.Divide(TSimd.Max(TSimd.Load(sumsOfSquares + lane), TSimd.Zero), TSimd.Broadcast(count));
            TSimd.Store(TSimd.Divide(TSimd.Broadcast(1), TSimd.Sqrt(TSimd.Add(variance, TSimd.Broadcast(epsilon)))), factors + lane);
        }
    }
}
