namespace MaskGen.ML.Imaging;

/// <summary>What a file says of an image beside its size, for remarks about it.</summary>
/// <param name="Bits">Bits of a sample.</param>
/// <param name="Bands">Samples of a pixel; 3 where the format has no others.</param>
/// <param name="Colors">How many of them are shown.</param>
/// <param name="Pages">Images in the file.</param>
internal sealed record ImageFacts(int Bits, int Bands, int Colors, int Pages)
{
    /// <summary>Reads them, without decoding anything.</summary>
    /// <param name="path">The file.</param>
    /// <param name="page">Which image, from 1.</param>
    /// <exception cref="InvalidDataException">The file is no image, or not whole.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ImageFacts Read(string path, int page = 1)
    {
        using var stream = ImageFile.Open(path);
        using var input = ImageInput.Open(stream, path, long.MaxValue, CancellationToken.None);
        switch (input.Format)
        {
            case ImageFormat.Tiff:
                var found = TiffPage.Read(ImageDecoder.Page(input, path, page), input, path, _ => { });
                var colors = found.IsComputed ? found.Bands : found.Layout.Colors;
                return new ImageFacts(found.Layout.Bits, found.Bands, colors, TiffFile.Open(input, path).Pages().Count());
            case ImageFormat.Png:
                Span<byte> start = stackalloc byte[PngHeader.BitDepthOffset + 1];
                return new ImageFacts(input.TryReadAt(0, start) ? start[PngHeader.BitDepthOffset] : 8, 3, 3, 1);
            default:
                return new ImageFacts(8, 3, 3, 1);
        }
    }
}
