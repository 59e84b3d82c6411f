using System.Runtime.CompilerServices;

namespace MaskGen.ML.Kernels;

/// <summary>Matrix products. A tile's accumulators live in registers: 8 rows by 2 vectors where there are 32 of them, otherwise 4 by
/// 2.</summary>
/// <remarks>Kernels ask for full optimization at once: unoptimized they are a hundred times slower, which a person's first click would
/// feel.</remarks>
internal sealed unsafe partial class PanelKernels<TSimd, TVector> : PanelKernels
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int HalfTile = TileRows / 2;

    public override int VectorWidth => TSimd.Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void MultiplyTile(
        float* packed, PanelSegment* segments, int segmentCount, int rows, float* result, nint resultStride, float* initial)
    {
        for (var column = 0; column < PanelWidth; column += 2 * TSimd.Width)
        {
            var start = initial == null ? null : initial + column;
            if (rows > HalfTile && TSimd.HasManyRegisters)
            {
                MultiplyEightRows(packed, segments, segmentCount, column, rows, result + column, resultStride, start);
                continue;
            }

            MultiplyFourRows(packed, segments, segmentCount, column, Math.Min(rows, HalfTile), result + column, resultStride, start);
            if (rows > HalfTile)
            {
                MultiplyFourRows(
                    packed + HalfTile,
                    segments,
                    segmentCount,
                    column,
                    rows - HalfTile,
                    result + column + (HalfTile * resultStride),
                    resultStride,
                    start);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyEightRows(
        float* packed, PanelSegment* segments, int segmentCount, int column, int rows, float* result, nint stride, float* initial)
    {
        var low0 = initial == null ? TSimd.Zero : TSimd.Load(initial);
        var high0 = initial == null ? TSimd.Zero : TSimd.Load(initial + TSimd.Width);
        TVector low1 = low0, low2 = low0, low3 = low0, low4 = low0, low5 = low0, low6 = low0, low7 = low0;
        TVector high1 = high0, high2 = high0, high3 = high0, high4 = high0, high5 = high0, high6 = high0, high7 = high0;
        for (var s = 0; s < segmentCount; s++)
        {
            var panel = segments[s].Panel + column;
            for (var end = panel + ((nint)segments[s].Rows * PanelWidth); panel < end; panel += PanelWidth, packed += TileRows)
            {
                TVector low = TSimd.Load(panel), high = TSimd.Load(panel + TSimd.Width), weight = TSimd.Broadcast(packed[0]);
                low0 = TSimd.MultiplyAdd(weight, low, low0);
                high0 = TSimd.MultiplyAdd(weight, high, high0);
                weight = TSimd.Broadcast(packed[1]);
                low1 = TSimd.MultiplyAdd(weight, low, low1);
                high1 = TSimd.MultiplyAdd(weight, high, high1);
                weight = TSimd.Broadcast(packed[2]);
                low2 = TSimd.MultiplyAdd(weight, low, low2);
                high2 = TSimd.MultiplyAdd(weight, high, high2);
                weight = TSimd.Broadcast(packed[3]);
                low3 = TSimd.MultiplyAdd(weight, low, low3);
                high3 = TSimd.MultiplyAdd(weight, high, high3);
                weight = TSimd.Broadcast(packed[4]);
                low4 = TSimd.MultiplyAdd(weight, low, low4);
                high4 = TSimd.MultiplyAdd(weight, high, high4);
                weight = TSimd.Broadcast(packed[5]);
                low5 = TSimd.MultiplyAdd(weight, low, low5);
                high5 = TSimd.MultiplyAdd(weight, high, high5);
                weight = TSimd.Broadcast(packed[6]);
                low6 = TSimd.MultiplyAdd(weight, low, low6);
                high6 = TSimd.MultiplyAdd(weight, high, high6);
                weight = TSimd.Broadcast(packed[7]);
                low7 = TSimd.MultiplyAdd(weight, low, low7);
                high7 = TSimd.MultiplyAdd(weight, high, high7);
            }

            if (segments[s].ScaleAfter != null)
            {
                TVector low = TSimd.Load(segments[s].ScaleAfter + column), high = TSimd.Load(segments[s].ScaleAfter + column + TSimd.Width);
                low0 = TSimd.Multiply(low0, low);
                high0 = TSimd.Multiply(high0, high);
                low1 = TSimd.Multiply(low1, low);
                high1 = TSimd.Multiply(high1, high);
                low2 = TSimd.Multiply(low2, low);
                high2 = TSimd.Multiply(high2, high);
                low3 = TSimd.Multiply(low3, low);
                high3 = TSimd.Multiply(high3, high);
                low4 = TSimd.Multiply(low4, low);
                high4 = TSimd.Multiply(high4, high);
                low5 = TSimd.Multiply(low5, low);
                high5 = TSimd.Multiply(high5, high);
                low6 = TSimd.Multiply(low6, low);
                high6 = TSimd.Multiply(high6, high);
                low7 = TSimd.Multiply(low7, low);
                high7 = TSimd.Multiply(high7, high);
            }
        }

        StoreRow(0, rows, low0, high0, result, stride);
        StoreRow(1, rows, low1, high1, result, stride);
        StoreRow(2, rows, low2, high2, result, stride);
        StoreRow(3, rows, low3, high3, result, stride);
        StoreRow(4, rows, low4, high4, result, stride);
        StoreRow(5, rows, low5, high5, result, stride);
        StoreRow(6, rows, low6, high6, result, stride);
        StoreRow(7, rows, low7, high7, result, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyFourRows(
        float* packed, PanelSegment* segments, int segmentCount, int column, int rows, float* result, nint stride, float* initial)
    {
        var low0 = initial == null ? TSimd.Zero : TSimd.Load(initial);
        var high0 = initial == null ? TSimd.Zero : TSimd.Load(initial + TSimd.Width);
        TVector low1 = low0, high1 = high0, low2 = low0, high2 = high0, low3 = low0, high3 = high0;
        for (var s = 0; s < segmentCount; s++)
        {
            var panel = segments[s].Panel + column;
            for (var end = panel + ((nint)segments[s].Rows * PanelWidth); panel < end; panel += PanelWidth, packed += TileRows)
            {
                TVector low = TSimd.Load(panel), high = TSimd.Load(panel + TSimd.Width), weight = TSimd.Broadcast(packed[0]);
                low0 = TSimd.MultiplyAdd(weight, low, low0);
                high0 = TSimd.MultiplyAdd(weight, high, high0);
                weight = TSimd.Broadcast(packed[1]);
                low1 = TSimd.MultiplyAdd(weight, low, low1);
                high1 = TSimd.MultiplyAdd(weight, high, high1);
                weight = TSimd.Broadcast(packed[2]);
                low2 = TSimd.MultiplyAdd(weight, low, low2);
                high2 = TSimd.MultiplyAdd(weight, high, high2);
                weight = TSimd.Broadcast(packed[3]);
                low3 = TSimd.MultiplyAdd(weight, low, low3);
                high3 = TSimd.MultiplyAdd(weight, high, high3);
            }

            if (segments[s].ScaleAfter != null)
            {
                TVector low = TSimd.Load(segments[s].ScaleAfter + column), high = TSimd.Load(segments[s].ScaleAfter + column + TSimd.Width);
                low0 = TSimd.Multiply(low0, low);
                high0 = TSimd.Multiply(high0, high);
                low1 = TSimd.Multiply(low1, low);
                high1 = TSimd.Multiply(high1, high);
                low2 = TSimd.Multiply(low2, low);
                high2 = TSimd.Multiply(high2, high);
                low3 = TSimd.Multiply(low3, low);
                high3 = TSimd.Multiply(high3, high);
            }
        }

        StoreRow(0, rows, low0, high0, result, stride);
        StoreRow(1, rows, low1, high1, result, stride);
        StoreRow(2, rows, low2, high2, result, stride);
        StoreRow(3, rows, low3, high3, result, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(int row, int rows, TVector low, TVector high, float* result, nint stride)
    {
        if (row < rows)
        {
            TSimd.Store(low, result + (row * stride));
            TSimd.Store(high, result + (row * stride) + TSimd.Width);
        }
    }
}
