using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Composes the weights that act on image tokens, so that tokens are never formed: see docs/decoder.md.</summary>
/// <remarks>With gain g, bias b and the centering matrix P of a layer norm, D = diag(g) P; Phi(s, i) = D(s) ... D(i).
/// After layer s: <c>tokens = t(s,1) Phi(s,1) e + sum over i of t(s,i) Phi(s,i) (W(i) o(i) + c(i)) + b(s)</c>, where t(s,i) is the product
/// of the inverse deviations of norms i to s, o(i) the image-to-token attention before its output projection W(i), and c(i) its bias plus
/// b(i-1).</remarks>
internal sealed class ProjectionComposer(
    DecoderSizes sizes,
    IReadOnlyList<AttentionMatrices> imageToToken,
    IReadOnlyList<AttentionMatrices> tokenToImage,
    IReadOnlyList<LayerNorm> norms,
    AlignedBuffer positions)
{
    /// <param name="pass">0 to the number of layers.</param>
    /// <param name="kernels">Kernels to compute the position projections with.</param>
    public ImagePassWeights BuildPass(int pass, PanelKernels kernels)
    {
        var projections = new ProjectionStack(sizes, positions, kernels);
        ImageProjection? query = null;
        var variances = new ImageProjection[pass];
        if (pass > 0)
        {
            var attention = imageToToken[pass - 1];
            query = Compose(projections, attention.Query, pass - 1, attention.QueryBias, hasPosition: true);
            for (var layer = 1; layer <= pass; layer++)
            {
                variances[layer - 1] = VarianceProjection(projections, pass, layer);
            }
        }

        var reader = tokenToImage[pass];
        // A key's bias adds the same to every attention score of a query, which softmax does not see.
        var key = Compose(projections, reader.Key, pass, new DoubleMatrix(sizes.Cross, 1), hasPosition: true);
        var value = Compose(projections, reader.Value, pass, reader.ValueBias, hasPosition: false);
        return new ImagePassWeights
        {
            Query = query,
            Variances = variances,
            Key = key,
            Value = value,
            Projections = projections.BuildProjections(),
            ProjectionRows = projections.ProjectionRows + (pass > 0 ? 1 : 0),
            PositionProjections = projections.BuildPositionProjections(),
            PositionRows = projections.PositionRows,
            FoldedPositions = projections.Folded,
            EarlierGains = [.. norms.Take(Math.Max(pass - 1, 0)).Select(norm => ToBuffer(norm.Gain))],
            NormEpsilon = pass > 0 ? norms[pass - 1].Epsilon : 0,
        };
    }

    /// <summary>The first transposed convolution as a function of the last layer's tokens, [4 sub-pixels x channels, d]; what it makes of
    /// the image's own part is apart from the passes'.</summary>
    public (ImageProjection Projection, PackedTiles OfImage) BuildUpscaling(DoubleMatrix convolution, DoubleMatrix bias)
    {
        var projection = new ImageProjection
        {
            Rows = convolution.Rows,
            ProjectionRow = 0,
            PositionRow = -1,
            Layers = Layers(convolution, sizes.Layers, sizes.Layers),
            Constant = convolution.Times(BiasAfter(sizes.Layers)).Plus(bias).ToSingles(),
        };
        return (projection, new PackedTiles(ChainRows(convolution, sizes.Layers, 1)));
    }

    internal static AlignedBuffer ToBuffer(ReadOnlySpan<float> values)
    {
        var buffer = new AlignedBuffer(values.Length);
        values.CopyTo(buffer.AsSpan(0, values.Length));
        return buffer;
    }

    private ImageProjection Compose(ProjectionStack projections, DoubleMatrix function, int after, DoubleMatrix bias, bool hasPosition)
    {
        var constant = function.Times(BiasAfter(after)).Plus(bias);
        var projectionRow = projections.Add(ChainRows(function, after, 1));
        var positionRow = -1;
        if (hasPosition)
        {
            positionRow = projections.AddPosition(function, constant, after == 0 ? projectionRow : -1);
        }

        return new ImageProjection
        {
            Rows = function.Rows,
            ProjectionRow = projectionRow,
            PositionRow = after == 0 ? -1 : positionRow,
            Layers = Layers(function, after, after),
            Constant = constant.ToSingles(),
        };
    }

    private ImageProjection VarianceProjection(ProjectionStack projections, int pass, int layer)
    {
        var function = imageToToken[layer - 1].Output.Transposed().Above(ConstantOf(layer).Transposed());
        for (var norm = layer; norm < pass; norm++)
        {
            function.CenterRows();
            function.ScaleColumns(norms[norm - 1].Gain);
        }

        function.CenterRows();
        return new ImageProjection
        {
            Rows = function.Rows,
            ProjectionRow = projections.Add(ChainRows(function, pass - 1, 1)),
            PositionRow = -1,
            Layers = Layers(function, pass - 1, pass),
            Constant = new float[function.Rows],
        };
    }

    private PackedLinear[] Layers(DoubleMatrix function, int after, int count)
    {
        var layers = new PackedLinear[count];
        for (var layer = 1; layer <= count; layer++)
        {
            var chained = ChainRows(function, after, layer);
            layers[layer - 1] = new PackedLinear(chained.Times(imageToToken[layer - 1].Output), chained.Times(ConstantOf(layer)));
        }

        return layers;
    }

    /// <summary><c>X Phi(after, first)</c>; X itself when <paramref name="first"/> is past the after.</summary>
    private DoubleMatrix ChainRows(DoubleMatrix function, int after, int first)
    {
        var chained = after >= first ? function.Copy() : function;
        for (var norm = after; norm >= first; norm--)
        {
            chained.ScaleColumns(norms[norm - 1].Gain);
            chained.CenterRows();
        }

        return chained;
    }

    private DoubleMatrix ConstantOf(int layer) => imageToToken[layer - 1].OutputBias.Plus(BiasAfter(layer - 1));

    private DoubleMatrix BiasAfter(int after) =>
        after == 0 ? new DoubleMatrix(sizes.Hidden, 1) : DoubleMatrix.ColumnVector(norms[after - 1].Bias);
}
