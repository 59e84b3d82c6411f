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

    private static RgbImage Decode(ImageInput input, string source, ImageLoadOptions options)
    {
        var header = ImageHeader.Read(input);
        input.ThrowIfStopped();
        if (header.Unsupported is { } unsupported)
        {
            throw new InvalidDataException($"{source}: expected an image ({ImageFormats.Names}), found {unsupported}.");
        }

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
