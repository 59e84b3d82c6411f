namespace MaskGen.ML.Masks;

/// <summary>Between which two samples each target sample of a plain bilinear resize lies.</summary>
/// <remarks>align_corners false, without antialias. Source: PyTorch's upsample_bilinear2d.</remarks>
internal sealed class BilinearTaps
{
    public BilinearTaps(int sourceSize, int targetSize)
    {
        First = new int[targetSize];
        Second = new int[targetSize];
        SecondWeight = new float[targetSize];
        var scale = (float)sourceSize / targetSize;
        for (var i = 0; i < targetSize; i++)
        {
            var position = Math.Max((scale * (i + 0.5f)) - 0.5f, 0);
            First[i] = Math.Min((int)position, sourceSize - 1);
            Second[i] = Math.Min(First[i] + 1, sourceSize - 1);
            SecondWeight[i] = Math.Clamp(position - First[i], 0, 1);
        }
    }

    public int[] First { get; }

    public int[] Second { get; }

    /// <summary>Weight of the second sample; the first has the rest.</summary>
    public float[] SecondWeight { get; }
}
