using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>One pass over the image tokens for a group of prompts: updates their coefficients by one layer, then lets prompt tokens read
/// them.</summary>
/// <remarks>Chunks of panels are the outer loop and prompts the inner one, so that the shared projections of a chunk stay in
/// cache.</remarks>
internal sealed unsafe class ImagePass
{
    /// <summary>Panels of a chunk: 256 tokens, enough to sum over before results are put away, few enough for a second-level
    /// cache.</summary>
    private const int ChunkPanels = 8;

    private const int TileRows = PanelKernels.TileRows;
    private const int PanelWidth = PanelKernels.PanelWidth;

    private readonly DecoderWeights _weights;
    private readonly DecoderSizes _sizes;
    private readonly PanelKernels _kernels;
    private readonly ImageProjections _projections;
    private readonly PromptLayout _layout;
    private readonly int _pass;
    private readonly ImagePassWeights _passWeights;
    private readonly int _readers;
    private readonly int _scoreRows;
    private readonly int _lanes;
    private readonly int _valueLanes;
    private readonly int _coefficientRows;
    private readonly PromptOperands[] _prompts;

    /// <param name="weights">Weights.</param>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="projections">The image's projections.</param>
    /// <param name="layout">Sizes.</param>
    /// <param name="pass">0 to the number of layers.</param>
    /// <param name="readers">Prompt tokens that read the image in this pass: the first so many of each prompt.</param>
    /// <param name="prompts">Prompts of the group.</param>
    public ImagePass(
        DecoderWeights weights,
        PanelKernels kernels,
        ImageProjections projections,
        PromptLayout layout,
        int pass,
        int readers,
        PromptOperands[] prompts)
    {
        _weights = weights;
        _sizes = weights.Sizes;
        _kernels = kernels;
        _projections = projections;
        _layout = layout;
        _pass = pass;
        _passWeights = weights.Passes[pass];
        _readers = readers;
        _prompts = prompts;
        _scoreRows = _sizes.Heads * readers;
        _lanes = kernels.WholeVectors(_scoreRows);
        _valueLanes = kernels.WholeVectors(_sizes.HeadSize);
        _coefficientRows = pass * layout.LayerRows;
    }

    private int EarlierRows => _coefficientRows - _layout.LayerRows;

    /// <summary>Floats from row to row of the coefficient sums.</summary>
    public int Lanes => _lanes;

    /// <summary>Chunks of panels.</summary>
    public int Chunks => (_sizes.Panels + ChunkPanels - 1) / ChunkPanels;

    /// <summary>Fresh sums, one per prompt.</summary>
    public AttentionSums[] CreateSums(ScratchArena arena)
    {
        var sums = new AttentionSums[_prompts.Length];
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] = new AttentionSums(arena, _scoreRows, _lanes, _coefficientRows, _valueLanes);
        }

        return sums;
    }

    /// <summary>Scratch memory of one worker.</summary>
    public PassScratch CreateScratch(ScratchArena arena) => new(arena, ChunkPanels, _scoreRows, _lanes, _layout.PromptTokens);

    /// <summary>Runs one chunk of panels for all prompts.</summary>
    public void Run(int chunk, AttentionSums[] sums, PassScratch scratch, CancellationToken cancellationToken)
    {
        var first = chunk * ChunkPanels;
        var count = Math.Min(ChunkPanels, _sizes.Panels - first);
        for (var i = 0; i < _prompts.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var panel = 0; panel < count; panel++)
            {
                if (_pass > 0)
                {
                    AttendToTokens(_prompts[i], first + panel, scratch);
                    Normalize(_prompts[i], first + panel, scratch);
                }

                Score(_prompts[i], first + panel, scratch.Scores + (panel * _scoreRows * PanelWidth));
            }

            Accumulate(_prompts[i], first, count, sums[i], scratch);
        }
    }

    /// <summary>Image-to-token attention: writes this layer's coefficients of one panel, before its layer norm.</summary>
    private void AttendToTokens(PromptOperands prompt, int panel, PassScratch scratch)
    {
        var projections = _projections.Panel(_pass, panel);
        var coefficients = prompt.Coefficients.Panel(panel);
        var coefficientsOfLayer = coefficients + (EarlierRows * PanelWidth);
        new Span<float>(coefficientsOfLayer, PanelWidth).Fill(1);
        var query = _passWeights.Query!;
        var scale = _pass > 1 ? prompt.Coefficients.Scale(panel) : null;
        var segments = stackalloc PanelSegment[3];
        var depth = _sizes.HeadSize + (_pass > 1 ? EarlierRows + _sizes.HeadSize : 0);
        var operand = prompt.ImageToTokenKeys;
        for (var head = 0; head < _sizes.Heads; head++)
        {
            var count = ScoreSegments(segments, query, projections, coefficients, EarlierRows, head, panel, scale);
            for (var row = 0; row < _layout.PromptTokens; row += TileRows, operand += depth * TileRows)
            {
                var rows = Math.Min(TileRows, _layout.PromptTokens - row);
                _kernels.MultiplyTile(operand, segments, count, rows, scratch.TokenScores + (row * PanelWidth), PanelWidth);
            }

            var headCoefficients = coefficientsOfLayer + ((1 + (head * _layout.HeadRows)) * PanelWidth);
            if (_layout.CoefficientsAreAttention)
            {
                _kernels.SoftmaxOverRows(scratch.TokenScores, _layout.PromptTokens, headCoefficients, _layout.HeadRows);
                continue;
            }

            _kernels.SoftmaxOverRows(scratch.TokenScores, _layout.PromptTokens, scratch.TokenScores, _layout.PromptTokens);
            var values = new PanelSegment(scratch.TokenScores, _layout.PromptTokens);
            for (var row = 0; row < _layout.HeadRows; row += TileRows)
            {
                var tile = (head * _layout.BasisTiles) + (row / TileRows);
                var pack = prompt.Coefficients.ValuePack(_pass) + (tile * _layout.PromptTokens * TileRows);
                _kernels.MultiplyTile(
                    pack, &values, 1, Math.Min(TileRows, _layout.HeadRows - row), headCoefficients + (row * PanelWidth), PanelWidth);
            }
        }
    }

    /// <summary>Layer norm of one panel: the variance from inner products of the basis, then coefficients and scale times its inverse
    /// root.</summary>
    private void Normalize(PromptOperands prompt, int panel, PassScratch scratch)
    {
        var projections = _projections.Panel(_pass, panel);
        var coefficients = prompt.Coefficients.Panel(panel);
        var scale = prompt.Coefficients.Scale(panel);
        var squares = scratch.Squares;
        if (_pass == 1)
        {
            new Span<float>(scale, PanelWidth).Fill(1);
        }

        var own = projections + ((_passWeights.ProjectionRows - 1) * PanelWidth);
        for (var lane = 0; lane < PanelWidth; lane++)
        {
            squares[lane] = scale[lane] * scale[lane] * own[lane];
        }

        var operand = prompt.VarianceTerms;
        var segments = stackalloc PanelSegment[2];
        for (var layer = 1; layer <= _pass; layer++)
        {
            var products = projections + (_passWeights.Variances[layer - 1].ProjectionRow * PanelWidth);
            var start = (layer - 1) * _layout.LayerRows;
            var constant = coefficients + (start * PanelWidth);
            var constantProducts = products + (_sizes.Cross * PanelWidth);
            for (var lane = 0; lane < PanelWidth; lane++)
            {
                squares[lane] += 2 * scale[lane] * constantProducts[lane] * constant[lane];
            }

            foreach (var tile in prompt.VarianceTiles[layer - 1])
            {
                segments[0] = new PanelSegment(
                    products + (tile.Head * _sizes.HeadSize * PanelWidth), tile.HasOwnPart ? _sizes.HeadSize : 0, scale);
                segments[1] = new PanelSegment(coefficients, tile.Depth);
                _kernels.MultiplyTile(operand, segments, 2, tile.Rows, scratch.Products, PanelWidth);
                operand += (segments[0].Rows + tile.Depth) * TileRows;
                _kernels.AccumulateRowProducts(scratch.Products, coefficients + (tile.FirstRow * PanelWidth), tile.BasisRows, squares);
                if (tile.Rows > tile.BasisRows)
                {
                    _kernels.AccumulateRowProducts(scratch.Products + (tile.BasisRows * PanelWidth), constant, 1, squares);
                }
            }
        }

        _kernels.InverseDeviations(squares, _sizes.Hidden, _passWeights.NormEpsilon, squares);
        _kernels.ScaleRows(coefficients, _coefficientRows, squares);
        _kernels.ScaleRows(scale, 1, squares);
    }

    /// <summary>Attention scores of all heads and reading tokens on one panel.</summary>
    private void Score(PromptOperands prompt, int panel, float* scores)
    {
        var projections = _projections.Panel(_pass, panel);
        var segments = stackalloc PanelSegment[3];
        var depth = _sizes.HeadSize + (_pass > 0 ? _coefficientRows + _sizes.HeadSize : 0);
        var operand = prompt.TokenToImageQueries;
        for (var head = 0; head < _sizes.Heads; head++)
        {
            var count = ScoreSegments(
                segments,
                _passWeights.Key,
                projections,
                prompt.Coefficients.Panel(panel),
                _coefficientRows,
                head,
                panel,
                _pass > 0 ? prompt.Coefficients.Scale(panel) : null);
            for (var row = 0; row < _readers; row += TileRows, operand += depth * TileRows)
            {
                _kernels.MultiplyTile(
                    operand,
                    segments,
                    count,
                    Math.Min(TileRows, _readers - row),
                    scores + (((head * _readers) + row) * PanelWidth),
                    PanelWidth);
            }
        }
    }

    /// <summary>Terms of an attention score: the image's own part times its scale, the coefficients, the position part.</summary>
    private int ScoreSegments(
        PanelSegment* segments,
        ImageProjection projection,
        float* projections,
        float* coefficients,
        int coefficientRows,
        int head,
        int panel,
        float* scale)
    {
        var offset = head * _sizes.HeadSize;
        segments[0] = new PanelSegment(projections + ((projection.ProjectionRow + offset) * PanelWidth), _sizes.HeadSize, scale);
        if (projection.PositionRow < 0)
        {
            return 1;
        }

        var positions = _passWeights.PositionProjections.Pointer + ((long)panel * _passWeights.PositionRows * PanelWidth);
        segments[1] = new PanelSegment(coefficients, coefficientRows);
        segments[2] = new PanelSegment(positions + ((projection.PositionRow + offset) * PanelWidth), _sizes.HeadSize);
        return 3;
    }

    /// <summary>Softmax weights of a chunk, and what they sum up.</summary>
    private void Accumulate(PromptOperands prompt, int first, int count, AttentionSums sums, PassScratch scratch)
    {
        var stride = _scoreRows * PanelWidth;
        HidePadding(first, count, scratch.Scores);
        _kernels.RowMaxima(scratch.Scores, stride, _scoreRows, count, scratch.Maxima);
        sums.RescaleTo(_kernels, scratch.Maxima, scratch.Factors);
        _kernels.ExponentiateRows(scratch.Scores, stride, _scoreRows, count, scratch.Maxima, sums.Totals);
        if (_pass > 0)
        {
            for (var panel = 0; panel < count; panel++)
            {
                _kernels.Transpose(
                    scratch.Scores + (panel * stride), _scoreRows, scratch.Transposed + (panel * PanelWidth * _lanes), _lanes);
            }

            var transposed = new TokenRows(scratch.Transposed, PanelWidth * _lanes, _lanes);
            var coefficients = prompt.Coefficients.Panel(first);
            _kernels.AccumulateOuter(coefficients, _layout.PanelStride, _coefficientRows, transposed, count, _lanes, sums.Coefficients);
            for (var panel = 0; panel < count; panel++)
            {
                _kernels.ScaleRows(scratch.Scores + (panel * stride), _scoreRows, prompt.Coefficients.Scale(first + panel));
            }
        }

        var values = _projections.Panel(_pass, first) + (_passWeights.Value.ProjectionRow * PanelWidth);
        for (var head = 0; head < _sizes.Heads; head++)
        {
            // Lanes past the head's channels sum up what belongs to the next head; nobody reads them.
            var headValues = new TokenRows(values + (head * _sizes.HeadSize), _passWeights.ProjectionRows * PanelWidth, _sizes.Cross);
            var scores = scratch.Scores + (head * _readers * PanelWidth);
            var headSums = sums.Values + (head * _readers * _valueLanes);
            _kernels.AccumulateOuter(scores, stride, _readers, headValues, count, _valueLanes, headSums);
        }
    }

    /// <summary>Gives lanes past the last image token no weight.</summary>
    private void HidePadding(int first, int count, float* scores)
    {
        var valid = _sizes.ImageTokens - ((first + count - 1) * PanelWidth);
        for (var row = 0; valid < PanelWidth && row < _scoreRows; row++)
        {
            var lanes = new Span<float>(scores + ((((count - 1) * _scoreRows) + row) * PanelWidth), PanelWidth);
            lanes[valid..].Fill(float.NegativeInfinity);
        }
    }
}
