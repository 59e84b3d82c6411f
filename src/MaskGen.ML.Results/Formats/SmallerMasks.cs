using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Masks for a smaller version of their image.</summary>
internal static class SmallerMasks
{
    /// <summary>Makes masks as much smaller as an image is.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="shown">Size of the smaller version, whose pixels are squares of the image; the same as that of the masks leaves them as
    /// they are.</param>
    public static MaskSet Of(MaskSet masks, ImageSize shown)
    {
        if (shown == masks.ImageSize)
        {
            return masks;
        }

        var longest = Math.Max(masks.ImageSize.Width, masks.ImageSize.Height);
        var factor = 1;
        while (Smaller(masks.ImageSize, factor) != shown)
        {
            factor = factor < longest ? factor + 1 : throw new ArgumentException(
                $"Expected a smaller version of an image of {masks.ImageSize}, found {shown}.", nameof(shown));
        }

        return new MaskSet(shown, [.. masks.Select(mask => Smaller(mask, factor))]);
    }

    private static ImageSize Smaller(ImageSize size, int factor) =>
        new((size.Width + factor - 1) / factor, (size.Height + factor - 1) / factor);

    private static MaskRecord Smaller(MaskRecord mask, int factor)
    {
        var segmentation = RunSets.Shrink(mask.Segmentation, factor);
        var (crop, box) = (mask.CropBox, mask.Box);
        return mask with
        {
            Segmentation = segmentation,
            BoundingBox = segmentation.BoundingBox,
            CropBox = new BoxXywh(crop.X / factor, crop.Y / factor, crop.Width / factor, crop.Height / factor),
            Points = [.. mask.Points.Select(point => point with { X = point.X / factor, Y = point.Y / factor })],
            Box = box is { } known ? new BoxXyxy(known.X0 / factor, known.Y0 / factor, known.X1 / factor, known.Y1 / factor) : null,
        };
    }
}
