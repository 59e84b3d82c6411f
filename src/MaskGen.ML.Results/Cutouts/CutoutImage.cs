using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>The object of a mask on transparency.</summary>
internal static class CutoutImage
{
    /// <summary>The part of the image that a cut-out shows.</summary>
    /// <param name="mask">A mask with at least one pixel.</param>
    /// <param name="softEdge">Over how many pixels its edge fades.</param>
    /// <param name="isWhole">Whether to show all of the image.</param>
    /// <returns>Right and lower edge excluded.</returns>
    public static PixelExtent Frame(RunLengthEncoding mask, int softEdge, bool isWhole)
    {
        var (size, margin) = (mask.Size, softEdge / 2);
        var box = PixelExtent.Of(mask);
        return isWhole
            ? new PixelExtent(0, 0, size.Width, size.Height)
            : new PixelExtent(
                Math.Max(0, box.Left - margin),
                Math.Max(0, box.Top - margin),
                Math.Min(size.Width, box.Right + margin),
                Math.Min(size.Height, box.Bottom + margin));
    }

    /// <summary>Writes a cut-out as PNG with alpha, whose colours are those of the image even where it is transparent.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="image">The image.</param>
    /// <param name="mask">A mask of it.</param>
    /// <param name="frame">What it shows, see <see cref="Frame"/>.</param>
    /// <param name="softEdge">Over how many pixels its edge fades, half of them inside the mask; 0 for a hard edge.</param>
    /// <param name="stamp">Its stamp.</param>
    public static void Write(
        Stream stream, RgbImage image, RunLengthEncoding mask, PixelExtent frame, int softEdge, ResultStamp stamp)
    {
        var (width, height) = (frame.Right - frame.Left, frame.Bottom - frame.Top);
        var alpha = Alpha(mask, frame, softEdge);
        var rgba = new byte[checked(4 * width * height)];
        for (var y = 0; y < height; y++)
        {
            var source = image.Pixels.Slice(((frame.Top + y) * image.Size.Width + frame.Left) * 3, width * 3);
            var row = rgba.AsSpan(y * width * 4, width * 4);
            for (var x = 0; x < width; x++)
            {
                source.Slice(x * 3, 3).CopyTo(row[(x * 4)..]);
                row[(x * 4) + 3] = alpha[(y * width) + x];
            }
        }

        PngWriter.WriteRgba8(stream, new ImageSize(width, height), rgba, stamp);
    }

    // Row-major within the frame.
    private static byte[] Alpha(RunLengthEncoding mask, PixelExtent frame, int softEdge)
    {
        var size = new ImageSize(frame.Right - frame.Left, frame.Bottom - frame.Top);
        var columns = new byte[size.PixelCount];
        foreach (var segment in mask.Segments())
        {
            var start = ((segment.Column - frame.Left) * size.Height) + segment.Start - frame.Top;
            columns.AsSpan(start, segment.End - segment.Start).Fill(byte.MaxValue);
        }

        if (softEdge <= 1)
        {
            return ColumnMajor.ToRows<byte>(columns, size);
        }

        // Down the columns, then along the rows.
        Blur(columns, size.Height, softEdge);
        var rows = ColumnMajor.ToRows<byte>(columns, size);
        Blur(rows, size.Width, softEdge);
        return rows;
    }

    // The mean over a window as wide as the edge is soft, along each line by itself, so that a straight edge fades evenly over it. Of an
    // even window the two outermost pixels count half. At the border of the frame the last pixel goes on: outside of it is nothing but
    // more of the same, or the border of the image, at which an object does not end.
    private static void Blur(byte[] pixels, int lineLength, int softEdge)
    {
        var half = softEdge / 2;
        var isEven = softEdge % 2 == 0;
        var line = new int[lineLength + (2 * half)];
        var sums = new long[line.Length + 1];
        for (var start = 0; start < pixels.Length; start += lineLength)
        {
            var span = pixels.AsSpan(start, lineLength);
            for (var i = 0; i < line.Length; i++)
            {
                line[i] = span[Math.Clamp(i - half, 0, lineLength - 1)];
                sums[i + 1] = sums[i] + line[i];
            }

            for (var i = 0; i < lineLength; i++)
            {
                var twice = 2 * (sums[i + (2 * half) + 1] - sums[i]);
                twice -= isEven ? line[i] + line[i + (2 * half)] : 0;
                span[i] = (byte)((twice + softEdge) / (2 * softEdge));
            }
        }
    }
}
