using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Decodes a group of prompts: token side here, image side in <see cref="ImagePass"/>.</summary>
/// <remarks>Token matrices hold the tokens of all prompts, prompt after prompt, rows of whole panels.</remarks>
internal sealed unsafe class TwoWayTransformer
{
    private readonly DecoderWeights _weights;
    private readonly DecoderSizes _sizes;
    private readonly PanelKernels _kernels;
    private readonly ImageProjections _projections;
    private readonly PromptLayout _layout;
    private readonly PromptOperands[] _prompts;
    private readonly PassRunner _runner;
    private readonly int _rows;
    private readonly int _stride;
    private readonly int _length;
    private readonly int _crossStride;

    /// <param name="weights">Weights.</param>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="projections">The image's projections.</param>
    /// <param name="layout">Sizes.</param>
    /// <param name="prompts">Prompts of the group.</param>
    /// <param name="runner">Runs passes, on one thread or several.</param>
    public TwoWayTransformer(
        DecoderWeights weights,
        PanelKernels kernels,
        ImageProjections projections,
        PromptLayout layout,
        PromptOperands[] prompts,
        PassRunner runner)
    {
        _weights = weights;
        _sizes = weights.Sizes;
        _kernels = kernels;
        _projections = projections;
        _layout = layout;
        _prompts = prompts;
        _runner = runner;
        _rows = prompts.Length * layout.PromptTokens;
        _stride = DecoderSizes.Stride(_sizes.Hidden);
        _length = _rows * _stride;
        _crossStride = DecoderSizes.Stride(_sizes.Cross);
    }

    /// <summary>Runs the transformer.</summary>
    /// <param name="embeddings">[rows, d]: output tokens and points of every prompt.</param>
    /// <param name="tokens">[rows, d]; receives the tokens after the transformer. Only output tokens are right.</param>
    /// <param name="arena">Scratch memory; what is taken stays taken.</param>
    public void Transform(float* embeddings, float* tokens, ScratchArena arena)
    {
        TokenMath.Copy(embeddings, tokens, _length);
        float* keys = null;
        float* values = null;
        for (var layer = 0; layer <= _sizes.Layers; layer++)
        {
            _runner.CancellationToken.ThrowIfCancellationRequested();
            using var scratch = _runner.RentArena();
            var isFinal = layer == _sizes.Layers;
            var weights = isFinal ? null : _weights.Layers[layer];
            if (weights != null)
            {
                AttendToSelf(weights, layer == 0, embeddings, tokens, scratch.Arena);
                weights.Norm1.Apply(tokens, _rows, _stride);
            }

            var readers = isFinal ? _sizes.OutputTokens : _layout.PromptTokens;
            ReadImage(layer, readers, embeddings, tokens, keys, values, scratch.Arena);
            if (weights == null)
            {
                _weights.FinalNorm.Apply(tokens, _rows, _stride);
                break;
            }

            _runner.CancellationToken.ThrowIfCancellationRequested();
            weights.Norm2.Apply(tokens, _rows, _stride);
            AddMlp(weights.Mlp, tokens, scratch.Arena);
            weights.Norm3.Apply(tokens, _rows, _stride);
            keys = Project(weights.ImageKey, Sum(tokens, embeddings, scratch.Arena), arena);
            values = Project(weights.ImageValue, tokens, arena);
        }
    }

    private void AttendToSelf(TwoWayLayerWeights weights, bool isFirst, float* embeddings, float* tokens, ScratchArena arena)
    {
        // The first layer sees the embeddings alone: positions are not added, and the result replaces the tokens.
        var positioned = isFirst ? tokens : Sum(tokens, embeddings, arena);
        var queries = Project(weights.SelfQuery, positioned, arena);
        var keys = Project(weights.SelfKey, positioned, arena);
        var values = Project(weights.SelfValue, tokens, arena);
        var attended = arena.Take(_length);
        var scratch = arena.Take(_layout.PromptTokens);
        for (var prompt = 0; prompt < _prompts.Length; prompt++)
        {
            var offset = prompt * _layout.PromptTokens * _stride;
            TokenMath.SelfAttention(
                queries + offset,
                keys + offset,
                values + offset,
                attended + offset,
                _layout.PromptTokens,
                _sizes.Heads,
                _sizes.Hidden / _sizes.Heads,
                _stride,
                scratch,
                _runner.CancellationToken);
        }

        var output = Project(weights.SelfOutput, attended, arena);
        if (isFirst)
        {
            TokenMath.Copy(output, tokens, _length);
        }
        else
        {
            TokenMath.Add(tokens, output, tokens, _length);
        }
    }

    /// <summary>Updates the image tokens by the layer before, and adds to the prompt tokens what they read from them.</summary>
    private void ReadImage(int pass, int readers, float* embeddings, float* tokens, float* keys, float* values, ScratchArena arena)
    {
        var weights = pass == _sizes.Layers ? _weights.FinalReader : _weights.Layers[pass].ReadImage;
        var queries = Project(weights.Query, Sum(tokens, embeddings, arena), arena);
        var builder = new PromptOperandBuilder(_weights, _layout, _kernels, arena);
        for (var i = 0; i < _prompts.Length; i++)
        {
            _runner.CancellationToken.ThrowIfCancellationRequested();
            var offset = i * _layout.PromptTokens * _crossStride;
            if (pass > 0)
            {
                builder.BuildUpdate(_prompts[i], pass, keys + offset, values + offset, _crossStride);
            }

            builder.BuildRead(_prompts[i], pass, queries + offset, _crossStride, readers);
        }

        var imagePass = new ImagePass(_weights, _kernels, _projections, _layout, pass, readers, _prompts);
        var sums = _runner.Run(imagePass, arena);
        var result = new AttentionResult(_weights, _layout, _kernels, arena);
        var attended = arena.Take(_rows * _crossStride);
        new Span<float>(attended, _rows * _crossStride).Clear();
        for (var i = 0; i < _prompts.Length; i++)
        {
            _runner.CancellationToken.ThrowIfCancellationRequested();
            result.Finish(
                _prompts[i], pass, sums[i], imagePass.Lanes, readers, attended + (i * _layout.PromptTokens * _crossStride), _crossStride);
        }

        TokenMath.Add(tokens, Project(weights.Output, attended, arena), tokens, _length);
    }

    private void AddMlp(FeedForward mlp, float* tokens, ScratchArena arena)
    {
        var output = arena.Take(_length);
        mlp.Apply(_kernels, arena, tokens, _stride, _rows, output);
        TokenMath.Add(tokens, output, tokens, _length);
    }

    private float* Sum(float* left, float* right, ScratchArena arena)
    {
        var sum = arena.Take(_length);
        TokenMath.Add(left, right, sum, _length);
        return sum;
    }

    private float* Project(PackedLinear linear, float* input, ScratchArena arena)
    {
        var output = arena.Take((long)_rows * linear.OutputStride);
        var packed = arena.Take((long)DecoderSizes.Tiles(_rows) * PanelKernels.TileRows * linear.Inputs);
        linear.Apply(_kernels, input, linear.Inputs == _sizes.Hidden ? _stride : _crossStride, _rows, output, packed);
        return output;
    }
}
