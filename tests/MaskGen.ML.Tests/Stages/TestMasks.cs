namespace MaskGen.ML.Tests.Stages;

/// <summary>Masks of a few pixels.</summary>
internal static class TestMasks
{
    /// <summary>A mask of the given pixels, counted row by row.</summary>
    public static MaskRecord Of(ImageSize size, params int[] pixels)
    {
        var mask = new bool[size.PixelCount];
        Array.ForEach(pixels, pixel => mask[pixel] = true);
        var segmentation = RunLengthEncoding.FromMask(size, mask);
        var xs = pixels.Select(pixel => pixel % size.Width).DefaultIfEmpty().ToList();
        var ys = pixels.Select(pixel => pixel / size.Width).DefaultIfEmpty().ToList();
        return new MaskRecord
        {
            Segmentation = segmentation,
            BoundingBox = new BoxXywh(xs.Min(), ys.Min(), xs.Max() - xs.Min(), ys.Max() - ys.Min()),
            PredictedIou = 0.5f,
            StabilityScore = 0.75f,
            CropBox = new BoxXywh(0, 0, size.Width, size.Height),
        };
    }
}
