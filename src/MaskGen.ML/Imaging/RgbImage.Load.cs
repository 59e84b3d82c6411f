using MaskGen.ML.Imaging;

namespace MaskGen.ML;

/// <content>Reads images from files, streams and memory.</content>
public sealed partial class RgbImage
{
    private const string StreamName = "stream";
    private const string BytesName = "encoded image";

    /// <summary>Reads an image file: PNG, JPEG, TIFF (one page), WebP, BMP or GIF (its first frame). The content decides, not the
    /// name.</summary>
    /// <param name="path">The file: a regular one, no pipe or device.</param>
    /// <param name="options">What to read, and limits; null for the defaults. See <see cref="ImageLoadOptions"/> for the memory that
    /// reading takes.</param>
    /// <returns>The image, turned upright as the orientation of a TIFF or the EXIF data of a PNG, JPEG or WebP say. Alpha is dropped
    /// without blending, grey and palette become RGB, colour profiles are ignored: what the Python references do.</returns>
    /// <remarks>Of images of 16 bits a channel the high byte of each value counts. One that uses a small part of its range, as microscopes
    /// and depth cameras write them, comes almost black: <see cref="ImageLoadOptions.Range"/> stretches it. Of TIFF images with more than
    /// four bands the first three are taken for red, green and blue. A file that is cut off is refused, unless only the mark
    /// of its end is missing and all rows are there.</remarks>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, or an option is out of its range.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a whole image, or has more pixels than the options allow; the message says
    /// what was found, by format and rows, and what to do about it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static RgbImage Load(string path, ImageLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options = Validated(options);
        using var stream = ImageFile.Open(path);
        return ImageDecoder.Decode(stream, path, options, CancellationToken.None);
    }

    /// <summary>Reads an image from a stream; otherwise as <see cref="Load(string, ImageLoadOptions)"/>.</summary>
    /// <param name="stream">The bytes of an image file, from the current position to the end, where it is left. Stays open. One that cannot
    /// be positioned is copied into memory first, up to the limit on files in <see cref="ImageLoadOptions"/>.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The bytes are not a whole image, or one of more pixels than the options allow.</exception>
    /// <remarks>Exceptions of the stream itself are not wrapped. A stream that refuses synchronous reads, such as the body of a web
    /// request, is read by <see cref="LoadAsync(Stream, ImageLoadOptions, CancellationToken)"/>.</remarks>
    public static RgbImage Load(Stream stream, ImageLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var image = ImageDecoder.Decode(stream, StreamName, Validated(options), CancellationToken.None);
        if (stream.CanSeek)
        {
            stream.Seek(0, SeekOrigin.End);
        }

        return image;
    }

    /// <summary>Reads an image from memory; otherwise as <see cref="Load(string, ImageLoadOptions)"/>.</summary>
    /// <param name="encodedFile">The bytes of an image file, as a database or a web request gives them. They are not copied, and are not
    /// needed afterwards.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The bytes are not a whole image, or one of more pixels than the options allow.</exception>
    public static RgbImage Load(ReadOnlySpan<byte> encodedFile, ImageLoadOptions? options = null) =>
        Decode(encodedFile, options, CancellationToken.None);

    /// <summary>As <see cref="Load(ReadOnlySpan{byte}, ImageLoadOptions)"/>, for whoever may be cancelled.</summary>
    internal static unsafe RgbImage Decode(
        ReadOnlySpan<byte> encodedFile, ImageLoadOptions? options, CancellationToken cancellationToken)
    {
        options = Validated(options);
        fixed (byte* bytes = encodedFile)
        {
            // A stream over no bytes needs an address all the same.
            byte none = 0;
            using var stream = new UnmanagedMemoryStream(encodedFile.IsEmpty ? &none : bytes, encodedFile.Length);
            return ImageDecoder.Decode(stream, BytesName, options, cancellationToken);
        }
    }

    /// <summary>Reads an image file without blocking; otherwise as <see cref="Load(string, ImageLoadOptions)"/>.</summary>
    /// <param name="path">The file: a regular one, no pipe or device. It is copied into memory first.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work within a second; not before the end of a WebP, which is decoded at one go.</param>
    /// <returns>The image; it is decoded on the thread pool.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, or an option is out of its range; thrown by the call
    /// itself, all others by the task.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a whole image, or has more pixels than the options allow.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static Task<RgbImage> LoadAsync(
        string path, ImageLoadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var limits = Validated(options);
        return RunAsync();

        async Task<RgbImage> RunAsync()
        {
            var stream = ImageFile.Open(path, isAsync: true);
            await using (stream.ConfigureAwait(false))
            {
                return await ImageDecoder.DecodeAsync(stream, path, limits, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads an image from a stream by asynchronous reads alone, as the body of a web request wants it; otherwise as
    /// <see cref="Load(Stream, ImageLoadOptions)"/>.</summary>
    /// <param name="stream">The bytes of an image file, from the current position to the end, where it is left. Stays open. It is copied
    /// into memory, up to the limit on files in <see cref="ImageLoadOptions"/>; no more is read of one that is longer.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work early; also given to the stream.</param>
    /// <returns>The image; it is decoded on the thread pool.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null; thrown by the call itself.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; thrown by the call itself.</exception>
    /// <exception cref="InvalidDataException">The bytes are not a whole image, or one of more pixels than the options allow.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <remarks>Exceptions of the stream itself are not wrapped.</remarks>
    public static Task<RgbImage> LoadAsync(
        Stream stream, ImageLoadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return ImageDecoder.DecodeAsync(stream, StreamName, Validated(options), cancellationToken);
    }

    /// <summary>Number of images in a file that can be read by <see cref="ImageLoadOptions.Page"/>: those of a TIFF, smaller versions and
    /// masks left out; 1 for every other format.</summary>
    /// <param name="path">The file: a regular one, no pipe or device.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not of a format that is read, or its directories are not whole.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static int CountPages(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = ImageFile.Open(path);
        using var input = ImageInput.Open(stream, path, long.MaxValue, CancellationToken.None);
        return input.Format == ImageFormat.Tiff ? TiffFile.Open(input, path).Pages().Count() : 1;
    }

    private static ImageLoadOptions Validated(ImageLoadOptions? options)
    {
        options ??= ImageLoadOptions.Default;
        options.Validate();
        return options;
    }
}
