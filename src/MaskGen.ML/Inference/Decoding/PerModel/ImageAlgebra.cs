using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Composes the weights that act on image tokens, so that tokens are never formed: see docs/decoder.md.</summary>
/// <remarks>With gain g, bias b and the centering matrix P of a layer norm, D = diag(g) P; Phi(s, i) = D(s) ... D(i).
/// After layer s: <c>tokens = t(s,1) Phi(s,1) e + sum over i of t(s,i) Phi(s,i) (W(i) o(i) + c(i)) + b(s)</c>, where t(s,i) is the product
/// of the inverse deviations of norms i to s, o(i) the image-to-token attention before its output projection W(i), and c(i) its bias plus
/// b(i-1).</remarks>
internal sealed class ImageAlgebra(
    DecoderGeometry geometry,
    IReadOnlyList<AttentionWeights> imageToToken,
    IReadOnlyList<AttentionWeights> tokenToImage,
    IReadOnlyList<LayerNorm> norms,
    AlignedBuffer positions)
{
    /// <param name="pass">0 to the number of layers.</param>
    /// <param name="kernels">Kernels to compute the position maps with.</param>
    public ImagePassWeights BuildPass(int pass, PanelKernels kernels)
    {
        var maps = new MapBuilder(geometry, positions, kernels);
        ImageTarget? query = null;
        var normTargets = new ImageTarget[pass];
        if (pass > 0)
        {
            var attention = imageToToken[pass - 1];
            query = Target(maps, attention.Query, pass - 1, attention.QueryBias, hasPosition: true);
            for (var block = 1; block <= pass; block++)
            {
                normTargets[block - 1] = NormTarget(maps, pass, block);
            }
        }

        var reader = tokenToImage[pass];
        // A key's bias adds the same to every score of a query, which softmax does not see.
        var key = Target(maps, reader.Key, pass, new DoubleMatrix(geometry.Cross, 1), hasPosition: true);
        var value = Target(maps, reader.Value, pass, reader.ValueBias, hasPosition: false);
        return new ImagePassWeights
        {
            Query = query,
            Norms = normTargets,
            Key = key,
            Value = value,
            Maps = maps.BuildMaps(),
            MapRows = maps.MapRows + (pass > 0 ? 1 : 0),
            PositionMaps = maps.BuildPositionMaps(),
            PositionRows = maps.PositionRows,
            FoldedPositions = maps.Folded,
            EarlierGains = [.. norms.Take(Math.Max(pass - 1, 0)).Select(norm => ToBuffer(norm.Gain))],
            NormEpsilon = pass > 0 ? norms[pass - 1].Epsilon : 0,
        };
    }

    /// <summary>The first transposed convolution as a function of the last state, [4 sub-pixels x channels, d]; its map is a group of its
    /// own.</summary>
    public (ImageTarget Target, PackedTiles Map) BuildUpscaling(DoubleMatrix convolution, DoubleMatrix bias)
    {
        var target = new ImageTarget
        {
            Rows = convolution.Rows,
            MapRow = 0,
            PositionRow = -1,
            Blocks = Blocks(convolution, geometry.Layers, geometry.Layers),
            Constant = convolution.Times(BiasAfter(geometry.Layers)).Plus(bias).ToSingles(),
        };
        return (target, new PackedTiles(ChainRows(convolution, geometry.Layers, 1)));
    }

    internal static AlignedBuffer ToBuffer(ReadOnlySpan<float> values)
    {
        var buffer = new AlignedBuffer(values.Length);
        values.CopyTo(buffer.AsSpan(0, values.Length));
        return buffer;
    }

    private ImageTarget Target(MapBuilder maps, DoubleMatrix function, int state, DoubleMatrix bias, bool hasPosition)
    {
        var constant = function.Times(BiasAfter(state)).Plus(bias);
        var mapRow = maps.Add(ChainRows(function, state, 1));
        var positionRow = -1;
        if (hasPosition)
        {
            positionRow = maps.AddPosition(function, constant, state == 0 ? mapRow : -1);
        }

        return new ImageTarget
        {
            Rows = function.Rows,
            MapRow = mapRow,
            PositionRow = state == 0 ? -1 : positionRow,
            Blocks = Blocks(function, state, state),
            Constant = constant.ToSingles(),
        };
    }

    private ImageTarget NormTarget(MapBuilder maps, int pass, int block)
    {
        var function = imageToToken[block - 1].Output.Transposed().Above(ConstantOf(block).Transposed());
        for (var norm = block; norm < pass; norm++)
        {
            function.CenterRows();
            function.ScaleColumns(norms[norm - 1].Gain);
        }

        function.CenterRows();
        return new ImageTarget
        {
            Rows = function.Rows,
            MapRow = maps.Add(ChainRows(function, pass - 1, 1)),
            PositionRow = -1,
            Blocks = Blocks(function, pass - 1, pass),
            Constant = new float[function.Rows],
        };
    }

    private PackedLinear[] Blocks(DoubleMatrix function, int state, int count)
    {
        var blocks = new PackedLinear[count];
        for (var block = 1; block <= count; block++)
        {
            var chained = ChainRows(function, state, block);
            blocks[block - 1] = new PackedLinear(chained.Times(imageToToken[block - 1].Output), chained.Times(ConstantOf(block)));
        }

        return blocks;
    }

    /// <summary><c>X Phi(state, first)</c>; X itself when <paramref name="first"/> is past the state.</summary>
    private DoubleMatrix ChainRows(DoubleMatrix function, int state, int first)
    {
        var chained = state >= first ? function.Copy() : function;
        for (var norm = state; norm >= first; norm--)
        {
            chained.ScaleColumns(norms[norm - 1].Gain);
            chained.CenterRows();
        }

        return chained;
    }

    private DoubleMatrix ConstantOf(int block) => imageToToken[block - 1].OutputBias.Plus(BiasAfter(block - 1));

    private DoubleMatrix BiasAfter(int state) =>
        state == 0 ? new DoubleMatrix(geometry.Hidden, 1) : DoubleMatrix.ColumnVector(norms[state - 1].Bias);
}
