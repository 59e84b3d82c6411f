using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Everything about an image that all prompts share.</summary>
/// <remarks>Counted: the memory goes back to the pool with the last holder, which may be a batch, a caller or the decoder itself.</remarks>
internal sealed unsafe class PreparedImage : ICountedImage
{
    private int _holders = 1;

    private readonly DecoderSizes _sizes;
    private readonly BufferPool _pool;
    private readonly AlignedBuffer _features1;
    private readonly AlignedBuffer _features0;
    private readonly AlignedBuffer _upscalingMap;

    public PreparedImage(EncodedImage image, DecoderWeights weights, BufferPool pool)
    {
        Image = image;
        _sizes = weights.Sizes;
        _pool = pool;
        Projections = new ImageProjections(weights, pool);
        long Panels(int rows) => (long)_sizes.Panels * rows * PanelKernels.PanelWidth;
        _features1 = pool.Rent(Panels(FirstRows));
        _upscalingMap = pool.Rent(Panels(FirstRows));
        _features0 = pool.Rent(Panels(SecondRows));
    }

    public EncodedImage Image { get; }

    /// <summary>For prompts without a mask.</summary>
    public ImageProjections Projections { get; }

    private int FirstRows => UpscalingWeights.SubPixels * _sizes.FirstUpscaled;

    private int SecondRows => UpscalingWeights.SubPixels * UpscalingWeights.SubPixels * _sizes.SecondUpscaled;

    /// <summary>[(sub-pixel, channel), 32]: stride-8 features and the first transposed convolution's constants.</summary>
    public float* Features1(int panel) => _features1.Pointer + ((long)panel * FirstRows * PanelKernels.PanelWidth);

    /// <summary>[(sub-pixel, sub-sub-pixel, channel), 32]: stride-4 features and the second transposed convolution's bias.</summary>
    public float* Features0(int panel) => _features0.Pointer + ((long)panel * SecondRows * PanelKernels.PanelWidth);

    /// <summary>[(sub-pixel, channel), 32]: the first transposed convolution of the image's own part, for prompts without a mask.</summary>
    public float* UpscalingProjection(int panel) => _upscalingMap.Pointer + ((long)panel * FirstRows * PanelKernels.PanelWidth);

    /// <summary>Computes one panel of everything.</summary>
    public void Compute(PanelKernels kernels, DecoderWeights weights, int panel, ScratchArena arena)
    {
        arena.Reset();
        var tokens = arena.Take(_sizes.Hidden * PanelKernels.PanelWidth);
        ReadImageTokens(panel, weights.NoMask, tokens);
        Projections.Compute(kernels, panel, tokens, arena.Take(_sizes.Hidden * PanelKernels.PanelWidth));
        weights.Upscaling.FirstProjection.Multiply(kernels, tokens, UpscalingProjection(panel));
        ArrangeFeatures(panel, weights.Upscaling);
    }

    /// <summary>One panel [d, 32] of the image embedding plus the same vector on every token; zeros past the last token.</summary>
    /// <param name="panel">Index of the panel.</param>
    /// <param name="dense">[d] or empty.</param>
    /// <param name="tokens">Receives the panel.</param>
    public void ReadImageTokens(int panel, ReadOnlySpan<float> dense, float* tokens)
    {
        var embedding = Image.ImageEmbedding.Span;
        var first = panel * PanelKernels.PanelWidth;
        var count = Math.Min(PanelKernels.PanelWidth, _sizes.ImageTokens - first);
        for (var channel = 0; channel < _sizes.Hidden; channel++)
        {
            var row = new Span<float>(tokens + (channel * PanelKernels.PanelWidth), PanelKernels.PanelWidth);
            embedding.Slice((channel * _sizes.ImageTokens) + first, count).CopyTo(row);
            row[count..].Clear();
            if (!dense.IsEmpty)
            {
                foreach (ref var value in row[..count])
                {
                    value += dense[channel];
                }
            }
        }
    }

    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Projections.Dispose();
            _pool.Return(_features1);
            _pool.Return(_features0);
            _pool.Return(_upscalingMap);
        }
    }

    /// <summary>Brings the high-resolution features into the order in which the transposed convolutions give their sub-pixels.</summary>
    private void ArrangeFeatures(int panel, UpscalingWeights weights)
    {
        var (first, second) = (_sizes.FirstUpscaled, _sizes.SecondUpscaled);
        for (var sub = 0; sub < UpscalingWeights.SubPixels; sub++)
        {
            var target1 = Features1(panel) + (sub * first * PanelKernels.PanelWidth);
            var constants1 = weights.First.Constant.AsSpan(sub * first, first);
            Gather(Image.HighResolutionFeatures1.Span, first, 2, sub / 2, sub % 2, panel, constants1, target1);
            for (var subSub = 0; subSub < UpscalingWeights.SubPixels; subSub++)
            {
                var (row, column) = ((sub / 2 * 2) + (subSub / 2), (sub % 2 * 2) + (subSub % 2));
                var target0 = Features0(panel) + (((sub * UpscalingWeights.SubPixels) + subSub) * second * PanelKernels.PanelWidth);
                Gather(Image.HighResolutionFeatures0.Span, second, 4, row, column, panel, weights.SecondBias, target0);
            }
        }
    }

    /// <summary>Picks one sub-pixel of every token of a panel, for all channels, and adds the channel's constant.</summary>
    private void Gather(
        ReadOnlySpan<float> features, int channels, int scale, int row, int column, int panel, ReadOnlySpan<float> constants, float* target)
    {
        var side = _sizes.EmbeddingSize * scale;
        var first = panel * PanelKernels.PanelWidth;
        var sources = stackalloc int[PanelKernels.PanelWidth];
        for (var lane = 0; lane < PanelKernels.PanelWidth; lane++)
        {
            // Lanes past the last token repeat it: their results are never read, but must be finite.
            var (y, x) = Math.DivRem(Math.Min(first + lane, _sizes.ImageTokens - 1), _sizes.EmbeddingSize);
            sources[lane] = (((y * scale) + row) * side) + (x * scale) + column;
        }

        for (var channel = 0; channel < channels; channel++, target += PanelKernels.PanelWidth)
        {
            var plane = features.Slice(channel * side * side, side * side);
            for (var lane = 0; lane < PanelKernels.PanelWidth; lane++)
            {
                target[lane] = plane[sources[lane]] + constants[channel];
            }
        }
    }
}
