using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>A linear layer on token-major matrices: the lanes are output channels, the packed side is the tokens.</summary>
/// <remarks>Weights lie as panels [inputs, 32] of output channels, padded with zeros. Safe for concurrent use.</remarks>
internal sealed unsafe class PackedLinear : IDisposable
{
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;

    /// <param name="weight">[outputs, inputs], as PyTorch stores it.</param>
    /// <param name="bias">[outputs].</param>
    public PackedLinear(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
        : this(bias.Length, weight.Length / bias.Length)
    {
        bias.CopyTo(_bias.AsSpan(0, Outputs));
        for (var output = 0; output < Outputs; output++)
        {
            var lane = Lane(output);
            foreach (var value in weight.Slice(output * Inputs, Inputs))
            {
                *lane = value;
                lane += PanelKernels.PanelWidth;
            }
        }
    }

    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs, 1].</param>
    public PackedLinear(DoubleMatrix weight, DoubleMatrix bias)
        : this(weight.Rows, weight.Columns)
    {
        for (var output = 0; output < Outputs; output++)
        {
            _bias.Pointer[output] = (float)bias[output, 0];
            var lane = Lane(output);
            foreach (var value in weight.Row(output))
            {
                *lane = (float)value;
                lane += PanelKernels.PanelWidth;
            }
        }
    }

    private PackedLinear(int outputs, int inputs)
    {
        (Outputs, Inputs) = (outputs, inputs);
        Panels = DecoderSizes.Stride(outputs) / PanelKernels.PanelWidth;
        _weights = new AlignedBuffer((long)Panels * inputs * PanelKernels.PanelWidth);
        _bias = new AlignedBuffer(Panels * PanelKernels.PanelWidth);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>Panels of 32 outputs.</summary>
    public int Panels { get; }

    /// <summary>Floats from row to row of an output matrix.</summary>
    public int OutputStride => Panels * PanelKernels.PanelWidth;

    /// <summary>[inputs, 32] weights of 32 outputs.</summary>
    public float* Panel(int index) => _weights.Pointer + ((long)index * Inputs * PanelKernels.PanelWidth);

    public float* Bias(int index) => _bias.Pointer + (index * PanelKernels.PanelWidth);

    /// <summary><c>output = input weights^T + bias</c>.</summary>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="input">[rows, inputs] with <paramref name="inputStride"/> floats per row.</param>
    /// <param name="inputStride">Floats from row to row of the input.</param>
    /// <param name="rows">Number of tokens.</param>
    /// <param name="output">[rows, outputs] with <see cref="OutputStride"/> floats per row.</param>
    /// <param name="packed">Scratch of <c>Tiles(rows) * 8 * inputs</c> floats.</param>
    public void Apply(PanelKernels kernels, float* input, nint inputStride, int rows, float* output, float* packed)
    {
        var tiles = DecoderSizes.Tiles(rows);
        var tileLength = Inputs * PanelKernels.TileRows;
        for (var tile = 0; tile < tiles; tile++)
        {
            var first = tile * PanelKernels.TileRows;
            var count = Math.Min(PanelKernels.TileRows, rows - first);
            Pack(input + (first * inputStride), inputStride, count, Inputs, packed + ((long)tile * tileLength));
        }

        for (var panel = 0; panel < Panels; panel++)
        {
            var segment = new PanelSegment(Panel(panel), Inputs);
            for (var tile = 0; tile < tiles; tile++)
            {
                var first = tile * PanelKernels.TileRows;
                var target = output + ((long)first * OutputStride) + (panel * PanelKernels.PanelWidth);
                var count = Math.Min(PanelKernels.TileRows, rows - first);
                kernels.MultiplyTile(packed + ((long)tile * tileLength), &segment, 1, count, target, OutputStride, Bias(panel));
            }
        }
    }

    /// <summary>Packs up to 8 rows as [columns, 8], the missing ones as zeros.</summary>
    public static void Pack(float* rows, nint stride, int rowCount, int columns, float* packed)
    {
        for (var i = 0; i < PanelKernels.TileRows; i++)
        {
            var row = rows + (i * stride);
            for (var k = 0; k < columns; k++)
            {
                packed[(k * PanelKernels.TileRows) + i] = i < rowCount ? row[k] : 0;
            }
        }
    }

    public void Dispose()
    {
        _weights.Dispose();
        _bias.Dispose();
    }

    // First weight of an output; the others follow at every 32nd float.
    private float* Lane(int output) => Panel(output / PanelKernels.PanelWidth) + (output % PanelKernels.PanelWidth);
}
