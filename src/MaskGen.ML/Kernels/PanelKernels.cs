using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MaskGen.ML.Kernels;

/// <summary>Kernels on panels: float32 [rows, 32] blocks whose lanes are image tokens, or output channels where the rows of the left side
/// are prompt tokens.</summary>
/// <remarks>A map of many tokens is stored as panel after panel, each contiguous, so that a product streams through memory whatever the
/// map's size. The left side of a product is packed as tiles of <see cref="TileRows"/> rows, [columns, 8], so that its elements are read in
/// order. Safe for concurrent use.</remarks>
internal abstract unsafe class PanelKernels
{
    /// <summary>Lanes of a panel.</summary>
    public const int PanelWidth = 32;

    /// <summary>Rows of a packed tile.</summary>
    public const int TileRows = 8;

    /// <summary>The widest kernels that this machine runs.</summary>
    public static PanelKernels Best { get; } = All[0];

    /// <summary>Every width that this machine runs, widest first; the last one runs everywhere.</summary>
    public static IReadOnlyList<PanelKernels> All
    {
        get
        {
            var kernels = new List<PanelKernels>();
            if (Simd512.IsSupported)
            {
                kernels.Add(new PanelKernels<Simd512, Vector512<float>>());
            }

            if (Simd256.IsSupported)
            {
                kernels.Add(new PanelKernels<Simd256, Vector256<float>>());
            }

            kernels.Add(new PanelKernels<Simd128, Vector128<float>>());
            return kernels;
        }
    }

    /// <summary>Lanes of one vector.</summary>
    public abstract int VectorWidth { get; }

    /// <summary>One tile of a product: <c>result[i, lane] = initial[lane] + sum over segments of packed[k, i] * panel[k,
    /// lane]</c>.</summary>
    /// <param name="packed">Packed [total rows of the segments, 8].</param>
    /// <param name="segments">Terms, in the order of the packed rows.</param>
    /// <param name="segmentCount">Number of terms.</param>
    /// <param name="rows">Rows of the result, 1 to 8.</param>
    /// <param name="result">[rows, 32] with <paramref name="resultStride"/> floats from row to row; overwritten.</param>
    /// <param name="resultStride">Floats between two rows of the result.</param>
    /// <param name="initial">[32] added to every row, or null.</param>
    public abstract void MultiplyTile(
        float* packed, PanelSegment* segments, int segmentCount, int rows, float* result, nint resultStride, float* initial = null);

    /// <summary><c>sums[r, j] += sum over tokens of rows[r, token] * tokens[token, j]</c>.</summary>
    /// <param name="rows">Panels of [rowCount, 32] rows; <paramref name="panelStride"/> floats from panel to panel.</param>
    /// <param name="panelStride">Floats between two panels.</param>
    /// <param name="rowCount">Rows r.</param>
    /// <param name="tokens">[32 * panels, lanes].</param>
    /// <param name="panels">Panels to sum over.</param>
    /// <param name="lanes">Lanes j, a multiple of <see cref="VectorWidth"/>; also the row stride of the sums.</param>
    /// <param name="sums">[rowCount, lanes].</param>
    public abstract void AccumulateOuter(float* rows, nint panelStride, int rowCount, TokenRows tokens, int panels, int lanes, float* sums);

    /// <summary>So many values, rounded up to whole vectors.</summary>
    public int WholeVectors(int count) => (count + VectorWidth - 1) / VectorWidth * VectorWidth;

    /// <summary>Softmax in base 2 over the rows of a panel, each lane for itself.</summary>
    /// <param name="scores">[rows, 32] in units of log2; overwritten.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="result">[resultRows, 32]; receives the first rows of the result.</param>
    /// <param name="resultRows">How many rows are wanted.</param>
    public abstract void SoftmaxOverRows(float* scores, int rows, float* result, int resultRows);

    /// <summary>Largest value of each row over all panels.</summary>
    public abstract void RowMaxima(float* values, nint panelStride, int rows, int panels, float* maxima);

    /// <summary>Replaces each value by <c>2^(value - maximum of its row)</c> and adds it to the row's sum.</summary>
    public abstract void ExponentiateRows(float* values, nint panelStride, int rows, int panels, float* maxima, float* sums);

    /// <summary>Writes a panel [rows, 32] as [32, rows] with <paramref name="lanes"/> floats per row; lanes past the rows get
    /// anything.</summary>
    public abstract void Transpose(float* panel, int rows, float* transposed, int lanes);

    /// <summary><c>sums[lane] += sum over rows of left[row, lane] * right[row, lane]</c>.</summary>
    public abstract void AccumulateRowProducts(float* left, float* right, int rows, float* sums);

    /// <summary>Multiplies every row of a panel by the same 32 factors.</summary>
    public abstract void ScaleRows(float* panel, int rows, float* factors);

    /// <summary><c>factors[lane] = 1 / sqrt(sumsOfSquares[lane] / count + epsilon)</c>.</summary>
    public abstract void InverseDeviations(float* sumsOfSquares, int count, float epsilon, float* factors);

    /// <summary>Adds <c>scale * base + addend</c> to a panel, then layer norm over its rows and exact GELU, all in place.</summary>
    /// <param name="panel">[channels, 32].</param>
    /// <param name="channels">Rows, over which is normalized.</param>
    /// <param name="scale">[32].</param>
    /// <param name="basePanel">[channels, 32].</param>
    /// <param name="addend">[channels, 32].</param>
    /// <param name="gain">[channels].</param>
    /// <param name="bias">[channels].</param>
    /// <param name="epsilon">Added to the variance.</param>
    public abstract void AddNormalizeGelu(
        float* panel, int channels, float* scale, float* basePanel, float* addend, float* gain, float* bias, float epsilon);

    /// <summary><c>result[m, lane] = sum over channels of weights[channel, m] * GELU(panel + addend)[channel, lane]</c> for four m.
    /// Weights are [channels, 4]; the four rows of the result lie so many floats apart as the stride says.</summary>
    public abstract void GeluDot(float* panel, float* addend, int channels, float* weights, float* result, nint resultStride);

    /// <summary><c>factor[lane]</c> times every row of a matrix whose rows are any number of vectors long.</summary>
    public abstract void ScaleLanes(float* matrix, int rows, int lanes, float* factors);

    /// <summary>Subtracts from each lane its mean over the rows, then multiplies row by row with <paramref name="gain"/> unless it is
    /// null.</summary>
    public abstract void CenterRows(float* panel, int rows, float* gain);

    /// <summary><c>panel += addend</c>, both [rows, 32].</summary>
    public abstract void AddRows(float* panel, float* addend, int rows);

    /// <summary><c>result[r, i] += sum over k of rows[r, k] * tile[k, i]</c>: combines panel rows with a packed tile of 8
    /// vectors.</summary>
    /// <param name="rows">[rowCount] rows 32 floats apart, of which <paramref name="depth"/> floats are read.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="tile">Packed [depth, 8].</param>
    /// <param name="depth">Terms of each sum.</param>
    /// <param name="result">[rowCount, 8].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CombineTile(float* rows, int rowCount, float* tile, int depth, float* result)
    {
        for (var row = 0; row < rowCount; row++, rows += PanelWidth, result += TileRows)
        {
            var low = Vector128.Load(result);
            var high = Vector128.Load(result + 4);
            for (var k = 0; k < depth; k++)
            {
                var factor = Vector128.Create(rows[k]);
                low = Simd128.MultiplyAdd(factor, Vector128.Load(tile + (k * TileRows)), low);
                high = Simd128.MultiplyAdd(factor, Vector128.Load(tile + (k * TileRows) + 4), high);
            }

            low.Store(result);
            high.Store(result + 4);
        }
    }

    /// <summary>Transposes a 4 x 4 block held in four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Transpose4(ref Vector128<float> r0, ref Vector128<float> r1, ref Vector128<float> r2, ref Vector128<float> r3)
    {
        Vector128<float> ab, cd, ef, gh;
        if (Sse.IsSupported)
        {
            (ab, cd) = (Sse.UnpackLow(r0, r1), Sse.UnpackLow(r2, r3));
            (ef, gh) = (Sse.UnpackHigh(r0, r1), Sse.UnpackHigh(r2, r3));
        }
        else if (AdvSimd.Arm64.IsSupported)
        {
            (ab, cd) = (AdvSimd.Arm64.ZipLow(r0, r1), AdvSimd.Arm64.ZipLow(r2, r3));
            (ef, gh) = (AdvSimd.Arm64.ZipHigh(r0, r1), AdvSimd.Arm64.ZipHigh(r2, r3));
        }
        else
        {
            (ab, cd) = (Vector128.Create(r0[0], r1[0], r0[1], r1[1]), Vector128.Create(r2[0], r3[0], r2[1], r3[1]));
            (ef, gh) = (Vector128.Create(r0[2], r1[2], r0[3], r1[3]), Vector128.Create(r2[2], r3[2], r2[3], r3[3]));
        }

        r0 = Vector128.Create(ab.GetLower(), cd.GetLower());
        r1 = Vector128.Create(ab.GetUpper(), cd.GetUpper());
        r2 = Vector128.Create(ef.GetLower(), gh.GetLower());
        r3 = Vector128.Create(ef.GetUpper(), gh.GetUpper());
    }
}
