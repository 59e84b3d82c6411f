using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>What the passes need of one set of image tokens, panel by panel: computed once per image, or once per mask prompt.</summary>
internal sealed unsafe class ImageProjections : IDisposable
{
    private readonly DecoderWeights _weights;
    private readonly BufferPool _pool;
    private readonly AlignedBuffer[] _projections;

    public ImageProjections(DecoderWeights weights, BufferPool pool)
    {
        _weights = weights;
        _pool = pool;
        long Length(ImagePassWeights pass) => (long)weights.Sizes.Panels * pass.ProjectionRows * PanelKernels.PanelWidth;
        _projections = [.. weights.Passes.Select(pass => pool.Rent(Length(pass)))];
    }

    /// <summary>[ProjectionRows, 32] of one pass and panel.</summary>
    public float* Panel(int pass, int panel) =>
        _projections[pass].Pointer + ((long)panel * _weights.Passes[pass].ProjectionRows * PanelKernels.PanelWidth);

    /// <summary>Computes all passes' projections of one panel.</summary>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="panel">Index of the panel.</param>
    /// <param name="tokens">[d, 32]: image embedding plus dense prompt embedding.</param>
    /// <param name="scratch">Room for d * 32 floats.</param>
    public void Compute(PanelKernels kernels, int panel, float* tokens, float* scratch)
    {
        for (var index = 0; index < _weights.Passes.Length; index++)
        {
            var pass = _weights.Passes[index];
            var target = Panel(index, panel);
            pass.Projections.Multiply(kernels, tokens, target);
            var positions = pass.PositionProjections.Pointer + ((long)panel * pass.PositionRows * PanelKernels.PanelWidth);
            foreach (var (positionRow, projectionRow, rows) in pass.FoldedPositions)
            {
                var position = positions + (positionRow * PanelKernels.PanelWidth);
                kernels.AddRows(target + (projectionRow * PanelKernels.PanelWidth), position, rows);
            }

            TransposeValues(kernels, target + (pass.Value.ProjectionRow * PanelKernels.PanelWidth), scratch);
            if (index > 0)
            {
                SquaredNorms(kernels, pass, tokens, scratch, target + ((pass.ProjectionRows - 1) * PanelKernels.PanelWidth));
            }
        }
    }

    public void Dispose() => Array.ForEach(_projections, _pool.Return);

    /// <summary>Puts tokens before channels in the projected values: [32, channels], as sums over tokens want it.</summary>
    private void TransposeValues(PanelKernels kernels, float* values, float* scratch)
    {
        var channels = _weights.Sizes.Cross;
        TokenMath.Copy(values, scratch, channels * PanelKernels.PanelWidth);
        if (channels % 4 == 0)
        {
            kernels.Transpose(scratch, channels, values, channels);
            return;
        }

        for (var i = 0; i < channels * PanelKernels.PanelWidth; i++)
        {
            values[i] = scratch[(i % channels * PanelKernels.PanelWidth) + (i / channels)];
        }
    }

    /// <summary>Squared norm of the image's own part of what the pass's layer norm sees, after centering.</summary>
    private void SquaredNorms(PanelKernels kernels, ImagePassWeights pass, float* tokens, float* scratch, float* norms)
    {
        var hidden = _weights.Sizes.Hidden;
        new Span<float>(tokens, hidden * PanelKernels.PanelWidth).CopyTo(new Span<float>(scratch, hidden * PanelKernels.PanelWidth));
        foreach (var gain in pass.EarlierGains)
        {
            kernels.CenterRows(scratch, hidden, gain.Pointer);
        }

        kernels.CenterRows(scratch, hidden, null);
        new Span<float>(norms, PanelKernels.PanelWidth).Clear();
        kernels.AccumulateRowProducts(scratch, scratch, hidden, norms);
    }
}
