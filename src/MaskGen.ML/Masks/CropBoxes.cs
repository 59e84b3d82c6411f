namespace MaskGen.ML.Masks;

/// <summary>A part of the image that is encoded by itself.</summary>
/// <param name="Layer">0 for the whole image; layer i has (2^i)^2 crops.</param>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Size">Width and height.</param>
internal readonly record struct ImageCrop(int Layer, int Left, int Top, ImageSize Size)
{
    /// <summary>The crop in the image; right and lower edge excluded.</summary>
    public BoxXyxy Box => new(Left, Top, Left + Size.Width, Top + Size.Height);
}

/// <summary>Where the crops of an image lie, and which masks of a crop are cut off by it.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/utils/amg.py generate_crop_boxes and is_box_near_crop_edge.</remarks>
internal static class CropBoxes
{
    // How close to a crop's edge a mask counts as cut off, in pixels.
    private const float EdgeTolerance = 20;

    // Below this a crop shows nothing that the crop around it does not, and thousands of them would be encoded for a thumbnail.
    private const int SmallestCrop = 8;

    /// <summary>The whole image, then the crops of each layer, column by column.</summary>
    /// <remarks>Unlike SAM 2: layers whose crops would be less than 8 pixels wide or high are left out, because they would only repeat the
    /// same few pixels.</remarks>
    /// <param name="image">Size of the image.</param>
    /// <param name="layers">Number of layers beside the whole image.</param>
    /// <param name="overlapRatio">Overlap of the first layer's crops as a part of the image's short side; halved with each layer. In double
    /// precision: where its product with the side is a whole number, the nearest float below would lose a pixel.</param>
    public static List<ImageCrop> Generate(ImageSize image, int layers, double overlapRatio)
    {
        var crops = new List<ImageCrop> { new(0, 0, 0, image) };
        for (var layer = 1; layer <= layers; layer++)
        {
            var perSide = 1 << layer;
            var overlap = (int)(overlapRatio * Math.Min(image.Width, image.Height) * 2 / perSide);
            var width = CropLength(image.Width, perSide, overlap);
            var height = CropLength(image.Height, perSide, overlap);
            if (Math.Min(width, height) < SmallestCrop)
            {
                break;
            }

            for (var i = 0; i < perSide * perSide; i++)
            {
                var left = (width - overlap) * (i / perSide);
                var top = (height - overlap) * (i % perSide);
                var size = new ImageSize(Math.Min(left + width, image.Width) - left, Math.Min(top + height, image.Height) - top);

                // An image of fewer pixels than crops has some that are empty.
                if (size is { Width: > 0, Height: > 0 })
                {
                    crops.Add(new ImageCrop(layer, left, top, size));
                }
            }
        }

        return crops;
    }

    /// <summary>Whether a box ends at an edge of its crop that is not an edge of the image, so that the object probably continues beyond
    /// it.</summary>
    /// <param name="boxInImage">Box of a mask; right and lower edge included.</param>
    /// <param name="crop">The crop it was found in.</param>
    /// <param name="image">Size of the image.</param>
    public static bool IsCutOff(BoxXyxy boxInImage, ImageCrop crop, ImageSize image)
    {
        var edges = crop.Box;
        return IsAtInnerEdge(boxInImage.X0, edges.X0, 0)
            || IsAtInnerEdge(boxInImage.Y0, edges.Y0, 0)
            || IsAtInnerEdge(boxInImage.X1, edges.X1, image.Width)
            || IsAtInnerEdge(boxInImage.Y1, edges.Y1, image.Height);
    }

    private static bool IsAtInnerEdge(float side, float cropEdge, float imageEdge) =>
        Math.Abs(side - cropEdge) <= EdgeTolerance && Math.Abs(side - imageEdge) > EdgeTolerance;

    private static int CropLength(int length, int crops, int overlap) =>
        (int)Math.Ceiling(((overlap * (crops - 1.0)) + length) / crops);
}
