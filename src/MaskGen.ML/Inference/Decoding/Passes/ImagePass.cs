using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>One pass over the image tokens for a group of prompts: updates their coefficients by one layer, then lets prompt tokens read
/// them.</summary>
/// <remarks>Blocks of panels are the outer loop and prompts the inner one, so that the shared maps of a block stay in cache.</remarks>
internal sealed unsafe class ImagePass
{
    /// <summary>Panels of a block: 256 tokens, enough to sum over before results are put away, few enough for a second-level
    /// cache.</summary>
    private const int BlockPanels = 8;

    private const int TileRows = PanelKernels.TileRows;
    private const int PanelWidth = PanelKernels.PanelWidth;

    private readonly DecoderWeights _weights;
    private readonly DecoderGeometry _geometry;
    private readonly PanelKernels _kernels;
    private readonly TokenMaps _maps;
    private readonly TokenPlan _plan;
    private readonly int _pass;
    private readonly ImagePassWeights _passWeights;
    private readonly int _readers;
    private readonly int _scoreRows;
    private readonly int _lanes;
    private readonly int _valueLanes;
    private readonly int _coefficientRows;
    private readonly PassPrompt[] _prompts;

    /// <param name="weights">Weights.</param>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="maps">The image's maps.</param>
    /// <param name="plan">Sizes.</param>
    /// <param name="pass">0 to the number of layers.</param>
    /// <param name="readers">Prompt tokens that read the image in this pass: the first so many of each prompt.</param>
    /// <param name="prompts">Prompts of the group.</param>
    public ImagePass(
        DecoderWeights weights, PanelKernels kernels, TokenMaps maps, TokenPlan plan, int pass, int readers, PassPrompt[] prompts)
    {
        _weights = weights;
        _geometry = weights.Geometry;
        _kernels = kernels;
        _maps = maps;
        _plan = plan;
        _pass = pass;
        _passWeights = weights.Passes[pass];
        _readers = readers;
        _prompts = prompts;
        _scoreRows = _geometry.Heads * readers;
        _lanes = kernels.WholeVectors(_scoreRows);
        _valueLanes = kernels.WholeVectors(_geometry.HeadSize);
        _coefficientRows = pass * plan.BlockRows;
    }

    private int EarlierRows => _coefficientRows - _plan.BlockRows;

    /// <summary>Floats from row to row of the coefficient sums.</summary>
    public int Lanes => _lanes;

    /// <summary>Blocks of panels.</summary>
    public int Blocks => (_geometry.Panels + BlockPanels - 1) / BlockPanels;

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
    public PassScratch CreateScratch(ScratchArena arena) => new(arena, BlockPanels, _scoreRows, _lanes, _plan.Tokens);

    /// <summary>Runs one block of panels for all prompts.</summary>
    public void Run(int block, AttentionSums[] sums, PassScratch scratch, CancellationToken cancellationToken)
    {
        var first = block * BlockPanels;
        var count = Math.Min(BlockPanels, _geometry.Panels - first);
        for (var i = 0; i < _prompts.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var panel = 0; panel < count; panel++)
            {
                if (_pass > 0)
                {
                    UpdateWeights(_prompts[i], first + panel, scratch);
                    Normalize(_prompts[i], first + panel, scratch);
                }

                Score(_prompts[i], first + panel, scratch.Scores + (panel * _scoreRows * PanelWidth));
            }

            Accumulate(_prompts[i], first, count, sums[i], scratch);
        }
    }

    /// <summary>Image-to-token attention: writes this layer's coefficients of one panel, before its layer norm.</summary>
    private void UpdateWeights(PassPrompt prompt, int panel, PassScratch scratch)
    {
        var maps = _maps.Panel(_pass, panel);
        var state = prompt.State.Panel(panel);
        var block = state + (EarlierRows * PanelWidth);
        new Span<float>(block, PanelWidth).Fill(1);
        var query = _passWeights.Query!;
        var segments = stackalloc PanelSegment[3];
        var depth = _geometry.HeadSize + (_pass > 1 ? EarlierRows + _geometry.HeadSize : 0);
        var weights = prompt.UpdatePack;
        for (var head = 0; head < _geometry.Heads; head++)
        {
            var count = ScoreSegments(segments, query, maps, state, EarlierRows, head, panel, _pass > 1 ? prompt.State.Scale(panel) : null);
            for (var row = 0; row < _plan.Tokens; row += TileRows, weights += depth * TileRows)
            {
                _kernels.MultiplyTile(
                    weights, segments, count, Math.Min(TileRows, _plan.Tokens - row), scratch.TokenScores + (row * PanelWidth), PanelWidth);
            }

            var coefficients = block + ((1 + (head * _plan.HeadRows)) * PanelWidth);
            if (_plan.UsesWeights)
            {
                _kernels.SoftmaxOverRows(scratch.TokenScores, _plan.Tokens, coefficients, _plan.HeadRows);
                continue;
            }

            _kernels.SoftmaxOverRows(scratch.TokenScores, _plan.Tokens, scratch.TokenScores, _plan.Tokens);
            var values = new PanelSegment(scratch.TokenScores, _plan.Tokens);
            for (var row = 0; row < _plan.HeadRows; row += TileRows)
            {
                var pack = prompt.State.ValuePack(_pass) + (((head * _plan.BasisTiles) + (row / TileRows)) * _plan.Tokens * TileRows);
                _kernels.MultiplyTile(
                    pack, &values, 1, Math.Min(TileRows, _plan.HeadRows - row), coefficients + (row * PanelWidth), PanelWidth);
            }
        }
    }

    /// <summary>Layer norm of one panel: the variance from inner products of the basis, then coefficients and scale times its inverse
    /// root.</summary>
    private void Normalize(PassPrompt prompt, int panel, PassScratch scratch)
    {
        var maps = _maps.Panel(_pass, panel);
        var state = prompt.State.Panel(panel);
        var scale = prompt.State.Scale(panel);
        var squares = scratch.Squares;
        if (_pass == 1)
        {
            new Span<float>(scale, PanelWidth).Fill(1);
        }

        var own = maps + ((_passWeights.MapRows - 1) * PanelWidth);
        for (var lane = 0; lane < PanelWidth; lane++)
        {
            squares[lane] = scale[lane] * scale[lane] * own[lane];
        }

        var weights = prompt.NormPack;
        var segments = stackalloc PanelSegment[2];
        for (var block = 1; block <= _pass; block++)
        {
            var products = maps + (_passWeights.Norms[block - 1].MapRow * PanelWidth);
            var start = (block - 1) * _plan.BlockRows;
            var constant = state + (start * PanelWidth);
            var constantProducts = products + (_geometry.Cross * PanelWidth);
            for (var lane = 0; lane < PanelWidth; lane++)
            {
                squares[lane] += 2 * scale[lane] * constantProducts[lane] * constant[lane];
            }

            foreach (var tile in prompt.NormTiles[block - 1])
            {
                segments[0] = new PanelSegment(
                    products + (tile.Head * _geometry.HeadSize * PanelWidth), tile.HasOwnPart ? _geometry.HeadSize : 0, scale);
                segments[1] = new PanelSegment(state, tile.Depth);
                _kernels.MultiplyTile(weights, segments, 2, tile.Rows, scratch.Products, PanelWidth);
                weights += (segments[0].Rows + tile.Depth) * TileRows;
                _kernels.AccumulateRowProducts(scratch.Products, state + (tile.FirstRow * PanelWidth), tile.BasisRows, squares);
                if (tile.Rows > tile.BasisRows)
                {
                    _kernels.AccumulateRowProducts(scratch.Products + (tile.BasisRows * PanelWidth), constant, 1, squares);
                }
            }
        }

        _kernels.InverseDeviations(squares, _geometry.Hidden, _passWeights.NormEpsilon, squares);
        _kernels.ScaleRows(state, _coefficientRows, squares);
        _kernels.ScaleRows(scale, 1, squares);
    }

    /// <summary>Scores of all heads and reading tokens on one panel.</summary>
    private void Score(PassPrompt prompt, int panel, float* scores)
    {
        var maps = _maps.Panel(_pass, panel);
        var segments = stackalloc PanelSegment[3];
        var depth = _geometry.HeadSize + (_pass > 0 ? _coefficientRows + _geometry.HeadSize : 0);
        var weights = prompt.ReadPack;
        for (var head = 0; head < _geometry.Heads; head++)
        {
            var count = ScoreSegments(
                segments,
                _passWeights.Key,
                maps,
                prompt.State.Panel(panel),
                _coefficientRows,
                head,
                panel,
                _pass > 0 ? prompt.State.Scale(panel) : null);
            for (var row = 0; row < _readers; row += TileRows, weights += depth * TileRows)
            {
                _kernels.MultiplyTile(
                    weights,
                    segments,
                    count,
                    Math.Min(TileRows, _readers - row),
                    scores + (((head * _readers) + row) * PanelWidth),
                    PanelWidth);
            }
        }
    }

    /// <summary>Terms of a score: the image's own part times its scale, the coefficients, the position part.</summary>
    private int ScoreSegments(
        PanelSegment* segments, ImageTarget target, float* maps, float* state, int coefficientRows, int head, int panel, float* scale)
    {
        var offset = head * _geometry.HeadSize;
        segments[0] = new PanelSegment(maps + ((target.MapRow + offset) * PanelWidth), _geometry.HeadSize, scale);
        if (target.PositionRow < 0)
        {
            return 1;
        }

        var positions = _passWeights.PositionMaps.Pointer + ((long)panel * _passWeights.PositionRows * PanelWidth);
        segments[1] = new PanelSegment(state, coefficientRows);
        segments[2] = new PanelSegment(positions + ((target.PositionRow + offset) * PanelWidth), _geometry.HeadSize);
        return 3;
    }

    /// <summary>Softmax weights of a block, and what they sum up.</summary>
    private void Accumulate(PassPrompt prompt, int first, int count, AttentionSums sums, PassScratch scratch)
    {
        var stride = _scoreRows * PanelWidth;
        HidePadding(first, count, scratch.Scores);
        _kernels.RowMaxima(scratch.Scores, stride, _scoreRows, count, scratch.Maxima);
        sums.Raise(_kernels, scratch.Maxima, scratch.Factors);
        _kernels.ExponentiateRows(scratch.Scores, stride, _scoreRows, count, scratch.Maxima, sums.Weights);
        if (_pass > 0)
        {
            for (var panel = 0; panel < count; panel++)
            {
                _kernels.Transpose(
                    scratch.Scores + (panel * stride), _scoreRows, scratch.Transposed + (panel * PanelWidth * _lanes), _lanes);
            }

            var transposed = new TokenRows(scratch.Transposed, PanelWidth * _lanes, _lanes);
            var coefficients = prompt.State.Panel(first);
            _kernels.AccumulateOuter(coefficients, _plan.PanelStride, _coefficientRows, transposed, count, _lanes, sums.Coefficients);
            for (var panel = 0; panel < count; panel++)
            {
                _kernels.ScaleRows(scratch.Scores + (panel * stride), _scoreRows, prompt.State.Scale(first + panel));
            }
        }

        var values = _maps.Panel(_pass, first) + (_passWeights.Value.MapRow * PanelWidth);
        for (var head = 0; head < _geometry.Heads; head++)
        {
            // Lanes past the head's channels sum up what belongs to the next head; nobody reads them.
            var headValues = new TokenRows(values + (head * _geometry.HeadSize), _passWeights.MapRows * PanelWidth, _geometry.Cross);
            var scores = scratch.Scores + (head * _readers * PanelWidth);
            var headSums = sums.Values + (head * _readers * _valueLanes);
            _kernels.AccumulateOuter(scores, stride, _readers, headValues, count, _valueLanes, headSums);
        }
    }

    /// <summary>Gives lanes past the last image token no weight.</summary>
    private void HidePadding(int first, int count, float* scores)
    {
        var valid = _geometry.Tokens - ((first + count - 1) * PanelWidth);
        for (var row = 0; valid < PanelWidth && row < _scoreRows; row++)
        {
            var lanes = new Span<float>(scores + ((((count - 1) * _scoreRows) + row) * PanelWidth), PanelWidth);
            lanes[valid..].Fill(float.NegativeInfinity);
        }
    }
}
