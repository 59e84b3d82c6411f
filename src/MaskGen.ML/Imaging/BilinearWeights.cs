namespace MaskGen.ML.Imaging;

/// <summary>Which source samples make up each target sample of an antialiased bilinear resize along one axis, and with which weights.</summary>
/// <remarks>A triangle filter whose support grows with the scale when shrinking. Source: PyTorch's upsample_bilinear2d with
/// antialias (align_corners false), which Pillow and torchvision agree with.</remarks>
internal sealed class BilinearWeights
{
    private readonly int[] _first;
    private readonly float[] _weights;
    private readonly int[] _offsets;

    /// <param name="sourceSize">Samples of the source, at least 1.</param>
    /// <param name="targetSize">Samples of the target, at least 1.</param>
    public BilinearWeights(int sourceSize, int targetSize)
    {
        _first = new int[targetSize];
        _offsets = new int[targetSize + 1];
        var weights = new List<float>();
        var scale = (double)sourceSize / targetSize;
        var support = Math.Max(scale, 1);
        for (var i = 0; i < targetSize; i++)
        {
            var center = (i + 0.5) * scale;
            var first = Math.Max((int)(center - support + 0.5), 0);
            var end = Math.Min((int)(center + support + 0.5), sourceSize);
            double sum = 0;
            for (var j = first; j < end; j++)
            {
                sum += Triangle((j + 0.5 - center) / support);
            }

            for (var j = first; j < end; j++)
            {
                weights.Add((float)(Triangle((j + 0.5 - center) / support) / sum));
            }

            _first[i] = first;
            _offsets[i + 1] = weights.Count;
            MaximumTaps = Math.Max(MaximumTaps, end - first);
        }

        _weights = [.. weights];
    }

    /// <summary>Most source samples that any target sample needs.</summary>
    public int MaximumTaps { get; }

    /// <summary>Index of the first source sample of a target sample.</summary>
    public int First(int target) => _first[target];

    /// <summary>Weights of the source samples from <see cref="First"/> on; they add up to 1.</summary>
    public ReadOnlySpan<float> Of(int target) => _weights.AsSpan(_offsets[target].._offsets[target + 1]);

    private static double Triangle(double x) => Math.Max(1 - Math.Abs(x), 0);
}
