using SkiaSharp;

namespace MaskGen.ML.Imaging;

/// <summary>Reads image files into upright RGB: decides what is an image, what is whole and what is too large; <see cref="SkiaDecoder"/>
/// does the rest.</summary>
internal static class ImageDecoder
{
    /// <summary>Decodes an image.</summary>
    /// <param name="stream">The file's bytes from the current position on; not disposed.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="options">Limits, validated.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="InvalidDataException">The bytes are not a whole image, or one of more pixels than the options allow.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static RgbImage Decode(Stream stream, string source, ImageLoadOptions options, CancellationToken cancellationToken)
    {
        using var input = ImageInput.Open(stream, source, options.MaximumBytes, cancellationToken);
        return Decode(input, source, options);
    }

    /// <summary>Reads a stream asynchronously, then decodes on the thread pool; otherwise as
    /// <see cref="Decode(Stream, string, ImageLoadOptions, CancellationToken)"/>.</summary>
    public static async Task<RgbImage> DecodeAsync(
        Stream stream, string source, ImageLoadOptions options, CancellationToken cancellationToken)
    {
        using var input = await ImageInput.OpenAsync(stream, source, options.MaximumBytes, cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => Decode(input, source, options), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens the rows of an image, which come one after the other in little memory.</summary>
    /// <param name="input">The file; stays open.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <param name="options">What to read.</param>
    /// <param name="checkSize">Throws where the size is not wanted.</param>
    /// <returns>Opens the rows, each time from the top on; null for a format, or a form of one, that is only decoded as a whole.</returns>
    /// <exception cref="InvalidDataException">It is no whole image, or one that is not wanted.</exception>
    public static Func<ImageRows>? OpenRows(ImageInput input, string source, ImageLoadOptions options, Action<ImageSize> checkSize)
    {
        if (input.Format == ImageFormat.Tiff)
        {
            var page = TiffPage.Read(Page(input, source, options.Page), input, source, checkSize);
            return Rows(page.Layout, page.Size, page.Orientation, options.Range, () => TiffRawRows.Open(page, input, source));
        }

        var header = Header(input, source, options);
        if (header.Size is not { } size || header.IsInterlaced)
        {
            return null;
        }

        checkSize(size);
        CheckData(size, header, input, source);
        return input.Format switch
        {
            ImageFormat.Jpeg => () => JpegRows.Open(input, header.Orientation, source),
            ImageFormat.Png when PngRows.Describe(input) is { } png =>
                Rows(png.Layout, png.Size, header.Orientation, options.Range, () => PngRows.Open(png, input, source)),
            _ => null,
        };
    }

    /// <summary>The directory of a page.</summary>
    /// <exception cref="InvalidDataException">There is none of that number.</exception>
    public static TiffTags Page(ImageInput input, string source, int number)
    {
        var count = 0;
        foreach (var page in TiffFile.Open(input, source).Pages())
        {
            if (++count == number)
            {
                return page;
            }
        }

        throw NoPage(source, number, count);
    }

    private static InvalidDataException NoPage(string source, int number, int count) =>
        new($"{source}: expected a page {number}, found {count} {(count == 1 ? "page" : "pages")}.");

    private static Func<SampleRows> Rows(
        SampleLayout layout, ImageSize size, int orientation, ImageRange range, Func<IRawRows> open)
    {
        var limits = SampleStatistics.Limits(range, layout, size.Height, open);
        return () => new SampleRows(layout, open(), size, orientation, limits);
    }

    private static ImageHeader Header(ImageInput input, string source, ImageLoadOptions options)
    {
        if (options.Page > 1)
        {
            throw NoPage(source, options.Page, 1);
        }

        var header = ImageHeader.Read(input);
        input.ThrowIfStopped();
        return header.Unsupported is { } unsupported
            ? throw new InvalidDataException($"{source}: expected an image ({ImageFormats.Names}), found {unsupported}.")
            : header;
    }

    // A range is asked of samples that Skia has reduced to 8 bits already.
    private static bool IsReadByRows(ImageInput input, string source, ImageLoadOptions options) =>
        input.Format == ImageFormat.Tiff
        || (input.Format == ImageFormat.Png && options.Range != ImageRange.Full && PngHeader.IsDeep(input, source));

    /// <summary>Decodes an image that is open; otherwise as
    /// <see cref="Decode(Stream, string, ImageLoadOptions, CancellationToken)"/>.</summary>
    public static RgbImage Decode(ImageInput input, string source, ImageLoadOptions options)
    {
        try
        {
            if (IsReadByRows(input, source, options) && OpenRows(input, source, options, CheckSize) is { } open)
            {
                using var rows = open();
                return rows.ReadAll();
            }
        }
        catch (OutOfMemoryException e)
        {
            throw new InvalidDataException($"{source}: there is not enough memory to decode the image.", e);
        }

        var header = Header(input, source, options);
        if (header.Size is { } size)
        {
            CheckSize(size);
            CheckData(size, header, input, source);
        }

        try
        {
            var outcome = SkiaDecoder.Decode(input, header, CheckSize);
            return outcome.Image ?? TryWithoutEnd(input, header, outcome, CheckSize) ?? throw Refused(outcome, header, input, source);
        }
        catch (OutOfMemoryException e)
        {
            throw new InvalidDataException($"{source}: there is not enough memory to decode {header.Size} pixels.", e);
        }

        void CheckSize(ImageSize stored)
        {
            options.ThrowIfTooLarge(stored, source);
            var longest = ImageFormats.LongestSide(input.Format);
            if (Math.Max(stored.Width, stored.Height) > longest)
            {
                throw new InvalidDataException(
                    $"{source}: expected a {ImageFormats.Name(input.Format)} image of at most {longest} pixels a side, found {stored};"
                    + " make it smaller, or cut it up.");
            }
        }
    }

    // A file of a few bytes may claim any size. Where its data cannot stand for so many pixels, no memory is taken for them.
    private static void CheckData(ImageSize size, ImageHeader header, ImageInput input, string source)
    {
        if (header.MostPixels < size.PixelCount)
        {
            throw new InvalidDataException(
                $"{source}: expected {size.Height} rows of a {ImageFormats.Name(input.Format)} image of {size},"
                + $" found data for {(long)header.MostPixels / size.Width} at most in {input.FileLength} bytes; the file is cut off or"
                + " damaged.");
        }
    }

    // Accepts a file of which all rows are there and nothing is missing but the mark of its end.
    private static RgbImage? TryWithoutEnd(ImageInput input, ImageHeader header, SkiaOutcome outcome, Action<ImageSize> checkSize)
    {
        var (stored, rows) = (header.Size ?? default, outcome.Rows);
        if (header.MissingEnd.Length == 0 || stored.Height - rows > header.UndecidedRows || outcome.Result == SKCodecResult.ErrorInInput)
        {
            return null;
        }

        input.Tail = header.MissingEnd;
        var image = SkiaDecoder.Decode(input, header, checkSize).Image;
        if (image is null || input.Format != ImageFormat.Jpeg)
        {
            return image;
        }

        // JPEG's decoder makes pixels up where data is missing: it takes zeros for them. With other bytes behind the end of the file it
        // would then make up other pixels; twice, since a short code may happen to be the same once.
        return IsSameWith(OtherData(0)) && IsSameWith(OtherData(byte.MaxValue)) ? image : null;

        bool IsSameWith(byte[] data)
        {
            Span<byte> last = stackalloc byte[1];
            byte[] stuffing = input.TryReadAt(input.FileLength - 1, last) && last[0] == byte.MaxValue ? [0] : [];
            input.Tail = [.. stuffing, .. data, .. header.MissingEnd];
            return SkiaDecoder.Decode(input, header, checkSize).Image is { } other && image.Pixels.SequenceEqual(other.Pixels);
        }
    }

    // Bytes that JPEG's decoder takes for coded data: noise, or its inverse, without 0xFF but in restart markers. These come several times
    // over since after an interval the decoder looks for the next of them.
    private static byte[] OtherData(byte inversion)
    {
        const int Pieces = 32;
        const int PieceLength = 512;
        const byte FirstRestart = 0xD0;
        var data = new byte[Pieces * PieceLength];
        new Random(1).NextBytes(data);
        for (var i = 0; i < data.Length; i++)
        {
            data[i] = (byte)(data[i] ^ inversion) is var value and not byte.MaxValue ? value : (byte)0x55;
        }

        for (var i = 1; i <= Pieces; i++)
        {
            data[(i * PieceLength) - 2] = 0xFF;
            data[(i * PieceLength) - 1] = (byte)(FirstRestart + (i % 8));
        }

        return data;
    }

    private static InvalidDataException Refused(SkiaOutcome outcome, ImageHeader header, ImageInput input, string source)
    {
        var format = ImageFormats.Name(input.Format);
        if (outcome.Stored is not { } stored)
        {
            return new InvalidDataException(
                $"{source}: expected a whole image, found a {format} file of {input.FileLength} bytes whose header is damaged or cut off"
                + $" ({outcome.Result}).");
        }

        var isCutOff = outcome.Result == SKCodecResult.IncompleteInput || header.IsCutOff;
        var end = isCutOff ? "cut off" : $"damaged ({outcome.Result})";
        var found = header.IsInterlaced ? "only a part of its passes" : $"{outcome.Rows}";
        return new InvalidDataException(
            $"{source}: expected {stored.Height} rows of a {format} image of {stored}, found {found}; the file is {end}.");
    }
}
