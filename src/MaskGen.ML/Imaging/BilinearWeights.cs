namespace MaskGen.ML.Imaging;

/// <summary>Which source samples make up each target sample of an antialiased bilinear resize along one axis, and with which
/// weights.</summary>
/// <remarks>A triangle filter whose support grows with the scale when shrinking. Source: PyTorch's upsample_bilinear2d with
/// antialias (align_corners false), which Pillow and torchvision agree with. Not safe for concurrent use.</remarks>
internal sealed class BilinearWeights
{
    // Weights are kept up to this number and made again each time beyond: an axis is so long only where the other is short.
    private const int MostKeptWeights = 1 << 20;

    private readonly double _scale;
    private readonly double _support;
    private readonly int[] _first;
    private readonly int[] _count;
    private readonly int[] _offset;
    private readonly float[] _weights;
    private readonly bool _isKept;

    /// <param name="sourceSize">Samples of the source, at least 1.</param>
    /// <param name="targetSize">Samples of the target, at least 1.</param>
    public BilinearWeights(int sourceSize, int targetSize)
    {
        _scale = (double)sourceSize / targetSize;
        _support = Math.Max(_scale, 1);
        _first = new int[targetSize];
        _count = new int[targetSize];
        long total = 0;
        for (var i = 0; i < targetSize; i++)
        {
            var center = (i + 0.5) * _scale;
            _first[i] = Math.Max((int)(center - _support + 0.5), 0);
            _count[i] = Math.Min((int)(center + _support + 0.5), sourceSize) - _first[i];
            MaximumTaps = Math.Max(MaximumTaps, _count[i]);
            total += _count[i];
        }

        _isKept = total <= MostKeptWeights;
        _offset = new int[targetSize];
        _weights = new float[_isKept ? (int)total : MaximumTaps];
        for (int i = 0, offset = 0; _isKept && i < targetSize; i++)
        {
            _offset[i] = offset;
            Compute(i, _weights.AsSpan(offset, _count[i]));
            offset += _count[i];
        }
    }

    /// <summary>Most source samples that any target sample needs.</summary>
    public int MaximumTaps { get; }

    /// <summary>Index of the first source sample of a target sample; never less than that of the target sample before.</summary>
    public int First(int target) => _first[target];

    /// <summary>Number of source samples of a target sample, at least 1.</summary>
    public int Count(int target) => _count[target];

    /// <summary>Weights of the source samples from <see cref="First"/> on; they add up to 1. Valid until the next call.</summary>
    public ReadOnlySpan<float> Of(int target)
    {
        var weights = _weights.AsSpan(_offset[target], _count[target]);
        if (!_isKept)
        {
            Compute(target, weights);
        }

        return weights;
    }

    private static double Triangle(double x) => Math.Max(1 - Math.Abs(x), 0);

    private void Compute(int target, Span<float> weights)
    {
        var center = (target + 0.5) * _scale;
        var first = _first[target];
        double sum = 0;
        for (var j = 0; j < weights.Length; j++)
        {
            sum += Triangle((first + j + 0.5 - center) / _support);
        }

        for (var j = 0; j < weights.Length; j++)
        {
            weights[j] = (float)(Triangle((first + j + 0.5 - center) / _support) / sum);
        }
    }
}
