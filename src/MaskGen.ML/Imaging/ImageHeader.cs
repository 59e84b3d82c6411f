namespace MaskGen.ML.Imaging;

/// <summary>What the structure of an image file says before anything is decoded.</summary>
internal sealed record ImageHeader
{
    /// <summary>Size as stored, before the image is turned upright; null where the header is not understood.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>How to turn it, see <see cref="ExifOrientation"/>.</summary>
    public int Orientation { get; init; } = ExifOrientation.Upright;

    /// <summary>The most pixels that data of this length can stand for in this format, however well it is packed.</summary>
    public double MostPixels { get; init; } = double.PositiveInfinity;

    /// <summary>Why the file cannot be read although its format is one that is; null where nothing speaks against it.</summary>
    public string? Unsupported { get; init; }

    /// <summary>Whether the file ends before it should by its own account.</summary>
    public bool IsCutOff { get; init; }

    /// <summary>Whether rows come in several passes, so that none is whole before the last.</summary>
    public bool IsInterlaced { get; init; }

    /// <summary>Bytes that stand for an end which is missing and holds no pixels; reading goes on with them where the rest is
    /// whole.</summary>
    public byte[] MissingEnd { get; init; } = [];

    /// <summary>The most rows at the bottom that may be undecided for want of <see cref="MissingEnd"/> alone.</summary>
    public int UndecidedRows { get; init; }

    /// <summary>Reads the header of a file.</summary>
    public static ImageHeader Read(ImageInput input) => input.Format switch
    {
        ImageFormat.Png => PngHeader.Read(input),
        ImageFormat.Jpeg => JpegHeader.Read(input),
        ImageFormat.WebP => WebPHeader.Read(input),
        ImageFormat.Bmp => BmpHeader.Read(input),
        ImageFormat.Tiff => throw new ArgumentException("Expected a file of one image, found a TIFF, whose pages say their sizes."),
        _ => GifHeader.Read(input),
    };
}
