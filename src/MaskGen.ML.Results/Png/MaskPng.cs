using MaskGen.ML.Files;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Single masks as images.</summary>
/// <remarks>All members are pure and thread-safe.</remarks>
public static class MaskPng
{
    /// <summary>Saves a mask as <see cref="Write(Stream, RunLengthEncoding)"/> writes it, whole or not at all.</summary>
    /// <param name="path">The file, whose name ends in <c>.png</c>; its folder must exist, an older file is replaced.</param>
    /// <param name="mask">The mask; its image has at least one pixel.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty or has another extension, or <paramref name="mask"/>
    /// is null, has no pixels, or more than 2,147,483,591 or more than 1,073,741,795 a row.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, RunLengthEncoding mask)
    {
        using var file = Begin(path, mask, new ResultStamp(ResultKind.Mask));
        file.Complete();
    }

    /// <summary>Writes a mask as an 8-bit grey PNG of the size of the image: 255 where it is set, 0 elsewhere.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="mask">The mask; its image has at least one pixel.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="mask"/> has no pixels, or more than 2,147,483,591 or more than 1,073,741,795 a
    /// row.</exception>
    public static void Write(Stream stream, RunLengthEncoding mask) => Write(stream, mask, new ResultStamp(ResultKind.Mask));

    /// <summary>Writes a mask asynchronously; otherwise as <see cref="Write(Stream, RunLengthEncoding)"/>.</summary>
    /// <param name="stream">Where to; never written to synchronously. Stays open.</param>
    /// <param name="mask">The mask; its image has at least one pixel.</param>
    /// <param name="cancellationToken">Stops before encoding, and while writing; the stream then holds a part of the file.</param>
    /// <remarks>The file is made in memory, on the calling thread.</remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="mask"/> has no pixels, or more than 2,147,483,591 or more than 1,073,741,795 a
    /// row.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static Task WriteAsync(Stream stream, RunLengthEncoding mask, CancellationToken cancellationToken = default)
    {
        Check(stream, mask);
        return BufferedOutput.WriteAsync(stream, buffer => Write(buffer, mask), cancellationToken);
    }

    /// <summary>The file name of one mask among many: the number counts from 1 and has at least four digits, so that names sort as masks
    /// do.</summary>
    /// <param name="imageName">Name of the image without its extension.</param>
    /// <param name="index">Place of the mask in its set, from 0.</param>
    /// <returns>Such as <c>cat.mask-0001.png</c>; number <c>index + 1</c> is also the mask's label in a <see cref="LabelMap"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="imageName"/> is null or empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static string FileName(string imageName, int index)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageName);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return $"{imageName}.mask-{index + 1:D4}.png";
    }

    /// <summary>Writes all of a file, and leaves it to the caller to complete it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="stamp">Its stamp.</param>
    internal static AtomicFile Begin(string path, RunLengthEncoding mask, ResultStamp stamp)
    {
        FileNames.ThrowUnlessNamed(path, ".png");
        ArgumentNullException.ThrowIfNull(mask);
        var file = new AtomicFile(path);
        try
        {
            Write(file.Stream, mask, stamp);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void Check(Stream stream, RunLengthEncoding mask)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.Size.PixelCount == 0)
        {
            throw new ArgumentException($"Expected a mask of at least one pixel, which a PNG needs, found {mask.Size}.", nameof(mask));
        }

        MaskSizes.ThrowIfNotInOneArray(mask.Size, nameof(mask));
        if (PngWriter.IsTooWide(mask.Size))
        {
            throw new ArgumentOutOfRangeException(
                nameof(mask), mask.Size, $"Expected a width of at most {PngWriter.WidestImage} for a PNG, found {mask.Size.Width}.");
        }
    }

    private static void Write(Stream stream, RunLengthEncoding mask, ResultStamp stamp)
    {
        Check(stream, mask);
        var columns = new byte[mask.Size.PixelCount];
        var runs = new SetRunReader(mask);
        while (runs.MoveNext())
        {
            columns.AsSpan((int)runs.Start, (int)(runs.End - runs.Start)).Fill(byte.MaxValue);
        }

        PngWriter.WriteGrey8(stream, mask.Size, ColumnMajor.ToRows<byte>(columns, mask.Size), stamp);
    }
}
