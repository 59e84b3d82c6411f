using System.Runtime.CompilerServices;

namespace MaskGen.ML.Kernels;

/// <summary>Products that sum over image tokens: the value side of attention from prompt tokens to the image.</summary>
internal sealed unsafe partial class PanelKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AccumulateOuter(float* rows, nint panelStride, int rowCount, TokenRows tokens, int panels, int lanes, float* sums)
    {
        var tile = TSimd.HasManyRegisters ? TileRows : HalfTile;
        for (var row = 0; row < rowCount; row += tile)
        {
            var valid = Math.Min(tile, rowCount - row);
            var source = rows + (row * PanelWidth);
            var target = sums + (row * lanes);
            var lane = 0;
            for (; lane + (2 * TSimd.Width) <= lanes; lane += 2 * TSimd.Width)
            {
                if (valid > HalfTile)
                {
                    OuterEightByTwo(source, panelStride, tokens, lane, panels, lanes, target + lane, valid);
                }
                else
                {
                    OuterFourByTwo(source, panelStride, tokens, lane, panels, lanes, target + lane, valid);
                }
            }

            if (lane < lanes)
            {
                OuterEightByOne(source, panelStride, tokens, lane, panels, lanes, target + lane, valid);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OuterEightByTwo(
        float* rows, nint panelStride, TokenRows tokens, int lane, int panels, int lanes, float* sums, int valid)
    {
        TVector low0 = TSimd.Zero, high0 = TSimd.Zero;
        TVector low1 = low0, low2 = low0, low3 = low0, low4 = low0, low5 = low0, low6 = low0, low7 = low0;
        TVector high1 = high0, high2 = high0, high3 = high0, high4 = high0, high5 = high0, high6 = high0, high7 = high0;
        for (var panel = 0; panel < panels; panel++)
        {
            var row = rows + (panel * panelStride);
            var token = tokens.Pointer + (panel * tokens.PanelStride) + lane;
            for (var end = row + PanelWidth; row < end; row++, token += tokens.TokenStride)
            {
                TVector low = TSimd.Load(token), high = TSimd.Load(token + TSimd.Width), value = TSimd.Broadcast(row[0]);
                low0 = TSimd.MultiplyAdd(value, low, low0);
                high0 = TSimd.MultiplyAdd(value, high, high0);
                value = TSimd.Broadcast(row[1 * PanelWidth]);
                low1 = TSimd.MultiplyAdd(value, low, low1);
                high1 = TSimd.MultiplyAdd(value, high, high1);
                value = TSimd.Broadcast(row[2 * PanelWidth]);
                low2 = TSimd.MultiplyAdd(value, low, low2);
                high2 = TSimd.MultiplyAdd(value, high, high2);
                value = TSimd.Broadcast(row[3 * PanelWidth]);
                low3 = TSimd.MultiplyAdd(value, low, low3);
                high3 = TSimd.MultiplyAdd(value, high, high3);
                value = TSimd.Broadcast(row[4 * PanelWidth]);
                low4 = TSimd.MultiplyAdd(value, low, low4);
                high4 = TSimd.MultiplyAdd(value, high, high4);
                value = TSimd.Broadcast(row[5 * PanelWidth]);
                low5 = TSimd.MultiplyAdd(value, low, low5);
                high5 = TSimd.MultiplyAdd(value, high, high5);
                value = TSimd.Broadcast(row[6 * PanelWidth]);
                low6 = TSimd.MultiplyAdd(value, low, low6);
                high6 = TSimd.MultiplyAdd(value, high, high6);
                value = TSimd.Broadcast(row[7 * PanelWidth]);
                low7 = TSimd.MultiplyAdd(value, low, low7);
                high7 = TSimd.MultiplyAdd(value, high, high7);
            }
        }

        AddRow(0, valid, low0, sums, lanes);
        AddRow(0, valid, high0, sums + TSimd.Width, lanes);
        AddRow(1, valid, low1, sums, lanes);
        AddRow(1, valid, high1, sums + TSimd.Width, lanes);
        AddRow(2, valid, low2, sums, lanes);
        AddRow(2, valid, high2, sums + TSimd.Width, lanes);
        AddRow(3, valid, low3, sums, lanes);
        AddRow(3, valid, high3, sums + TSimd.Width, lanes);
        AddRow(4, valid, low4, sums, lanes);
        AddRow(4, valid, high4, sums + TSimd.Width, lanes);
        AddRow(5, valid, low5, sums, lanes);
        AddRow(5, valid, high5, sums + TSimd.Width, lanes);
        AddRow(6, valid, low6, sums, lanes);
        AddRow(6, valid, high6, sums + TSimd.Width, lanes);
        AddRow(7, valid, low7, sums, lanes);
        AddRow(7, valid, high7, sums + TSimd.Width, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OuterFourByTwo(
        float* rows, nint panelStride, TokenRows tokens, int lane, int panels, int lanes, float* sums, int valid)
    {
        TVector low0 = TSimd.Zero, high0 = TSimd.Zero;
        TVector low1 = low0, high1 = high0, low2 = low0, high2 = high0, low3 = low0, high3 = high0;
        for (var panel = 0; panel < panels; panel++)
        {
            var row = rows + (panel * panelStride);
            var token = tokens.Pointer + (panel * tokens.PanelStride) + lane;
            for (var end = row + PanelWidth; row < end; row++, token += tokens.TokenStride)
            {
                TVector low = TSimd.Load(token), high = TSimd.Load(token + TSimd.Width), value = TSimd.Broadcast(row[0]);
                low0 = TSimd.MultiplyAdd(value, low, low0);
                high0 = TSimd.MultiplyAdd(value, high, high0);
                value = TSimd.Broadcast(row[1 * PanelWidth]);
                low1 = TSimd.MultiplyAdd(value, low, low1);
                high1 = TSimd.MultiplyAdd(value, high, high1);
                value = TSimd.Broadcast(row[2 * PanelWidth]);
                low2 = TSimd.MultiplyAdd(value, low, low2);
                high2 = TSimd.MultiplyAdd(value, high, high2);
                value = TSimd.Broadcast(row[3 * PanelWidth]);
                low3 = TSimd.MultiplyAdd(value, low, low3);
                high3 = TSimd.MultiplyAdd(value, high, high3);
            }
        }

        AddRow(0, valid, low0, sums, lanes);
        AddRow(0, valid, high0, sums + TSimd.Width, lanes);
        AddRow(1, valid, low1, sums, lanes);
        AddRow(1, valid, high1, sums + TSimd.Width, lanes);
        AddRow(2, valid, low2, sums, lanes);
        AddRow(2, valid, high2, sums + TSimd.Width, lanes);
        AddRow(3, valid, low3, sums, lanes);
        AddRow(3, valid, high3, sums + TSimd.Width, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OuterEightByOne(
        float* rows, nint panelStride, TokenRows tokens, int lane, int panels, int lanes, float* sums, int valid)
    {
        TVector low0 = TSimd.Zero;
        TVector low1 = low0, low2 = low0, low3 = low0, low4 = low0, low5 = low0, low6 = low0, low7 = low0;
        for (var panel = 0; panel < panels; panel++)
        {
            var row = rows + (panel * panelStride);
            var token = tokens.Pointer + (panel * tokens.PanelStride) + lane;
            for (var end = row + PanelWidth; row < end; row++, token += tokens.TokenStride)
            {
                TVector low = TSimd.Load(token), value = TSimd.Broadcast(row[0]);
                low0 = TSimd.MultiplyAdd(value, low, low0);
                value = TSimd.Broadcast(row[1 * PanelWidth]);
                low1 = TSimd.MultiplyAdd(value, low, low1);
                value = TSimd.Broadcast(row[2 * PanelWidth]);
                low2 = TSimd.MultiplyAdd(value, low, low2);
                value = TSimd.Broadcast(row[3 * PanelWidth]);
                low3 = TSimd.MultiplyAdd(value, low, low3);
                value = TSimd.Broadcast(row[4 * PanelWidth]);
                low4 = TSimd.MultiplyAdd(value, low, low4);
                value = TSimd.Broadcast(row[5 * PanelWidth]);
                low5 = TSimd.MultiplyAdd(value, low, low5);
                value = TSimd.Broadcast(row[6 * PanelWidth]);
                low6 = TSimd.MultiplyAdd(value, low, low6);
                value = TSimd.Broadcast(row[7 * PanelWidth]);
                low7 = TSimd.MultiplyAdd(value, low, low7);
            }
        }

        AddRow(0, valid, low0, sums, lanes);
        AddRow(1, valid, low1, sums, lanes);
        AddRow(2, valid, low2, sums, lanes);
        AddRow(3, valid, low3, sums, lanes);
        AddRow(4, valid, low4, sums, lanes);
        AddRow(5, valid, low5, sums, lanes);
        AddRow(6, valid, low6, sums, lanes);
        AddRow(7, valid, low7, sums, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(int row, int rows, TVector value, float* sums, int stride)
    {
        if (row < rows)
        {
            TSimd.Store(TSimd.Add(TSimd.Load(sums + (row * stride)), value), sums + (row * stride));
        }
    }
}
