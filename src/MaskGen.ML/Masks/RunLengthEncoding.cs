using System.Text.Json.Serialization;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>A binary mask as the lengths of its runs in column-major order (down the first column, then the next), beginning with
/// background.</summary>
/// <remarks>The form is that of COCO's uncompressed run lengths: the first count is 0 when the upper left pixel is set. A mask has at most
/// 2^31 - 1 pixels. Two masks are equal if they have the same size and the same pixels, however their runs are split. Serialises with
/// System.Text.Json, see <see cref="RunLengthEncodingJsonConverter"/>. Immutable and safe to share between threads. Source: SAM 2 2b90b9f,
/// sam2/utils/amg.py mask_to_rle_pytorch.</remarks>
[JsonConverter(typeof(RunLengthEncodingJsonConverter))]
public sealed partial class RunLengthEncoding
{
    private readonly int[] _counts;

    /// <param name="size">Size of the image that the mask covers.</param>
    /// <param name="counts">Run lengths that add up to its pixels; not copied.</param>
    internal RunLengthEncoding(ImageSize size, int[] counts)
    {
        MaskSizes.ThrowIfInvalid(size, nameof(size));
        Size = size;
        _counts = counts;
        long area = 0;
        for (var i = 1; i < counts.Length; i += 2)
        {
            area += counts[i];
        }

        Area = area;
    }

    /// <summary>Size of the image that the mask covers.</summary>
    public ImageSize Size { get; }

    /// <summary>Run lengths in pixels, background first, alternating; they add up to <see cref="ImageSize.PixelCount"/>.</summary>
    public ReadOnlySpan<int> Counts => _counts;

    /// <summary>Number of set pixels.</summary>
    public long Area { get; }

    /// <summary>Extent of the set pixels, as SAM 2 writes it: left, upper, and last minus first pixel index, so that one pixel has width 0.
    /// All zeros for an empty mask. Computed from the runs at each call.</summary>
    public BoxXywh BoundingBox => BoundingCorners().ToXywh();

    /// <summary>Makes a mask from its run lengths, kept as they are.</summary>
    /// <param name="size">Size of the image that the mask covers.</param>
    /// <param name="counts">Run lengths, column-major, background first, none negative. Copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side of <paramref name="size"/> is negative, or it has more than 2^31 - 1
    /// pixels.</exception>
    /// <exception cref="ArgumentException">A count is negative, or they do not add up to the image's pixels.</exception>
    public static RunLengthEncoding FromCounts(ImageSize size, ReadOnlySpan<int> counts)
    {
        MaskSizes.ThrowIfInvalid(size, nameof(size));
        long sum = 0;
        foreach (var count in counts)
        {
            if (count < 0)
            {
                throw new ArgumentException($"Expected run lengths of 0 or more, found {count}.", nameof(counts));
            }

            sum += count;
        }

        return sum == size.PixelCount
            ? new RunLengthEncoding(size, counts.ToArray())
            : throw new ArgumentException(
                $"Expected run lengths that add up to {size.PixelCount} pixels ({size}), found {sum}.", nameof(counts));
    }

    /// <summary>Encodes a mask given pixel by pixel.</summary>
    /// <param name="size">Size of the mask.</param>
    /// <param name="mask">Row-major, one element per pixel.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side of <paramref name="size"/> is negative, or it has more than 2^31 - 1
    /// pixels.</exception>
    /// <exception cref="ArgumentException"><paramref name="mask"/> has another length than <paramref name="size"/> says.</exception>
    public static RunLengthEncoding FromMask(ImageSize size, ReadOnlySpan<bool> mask)
    {
        MaskSizes.ThrowIfInvalid(size, nameof(size));
        if (mask.Length != size.PixelCount)
        {
            throw new ArgumentException($"Expected {size.PixelCount} pixels ({size}), found {mask.Length}.", nameof(mask));
        }

        var runs = new RunLengthBuilder();
        for (var x = 0; x < size.Width; x++)
        {
            for (var y = 0; y < size.Height; y++)
            {
                runs.Append(mask[(y * size.Width) + x], 1);
            }
        }

        return runs.ToEncoding(size);
    }

    /// <summary>The mask pixel by pixel.</summary>
    /// <returns>Row-major, one element per pixel.</returns>
    /// <exception cref="InvalidOperationException">There are more pixels than an array holds, which is a few less than 2^31 -
    /// 1.</exception>
    public bool[] ToMask()
    {
        if (Size.PixelCount > Array.MaxLength)
        {
            throw new InvalidOperationException($"Expected at most {Array.MaxLength} pixels to unpack, found {Size} = {Size.PixelCount}.");
        }

        var mask = new bool[Size.PixelCount];
        foreach (var segment in Segments())
        {
            for (var y = segment.Start; y < segment.End; y++)
            {
                mask[((long)y * Size.Width) + segment.Column] = true;
            }
        }

        return mask;
    }

    /// <summary>Whether a pixel is set, found on the runs without unpacking them.</summary>
    /// <param name="x">Column from 0.</param>
    /// <param name="y">Row from 0.</param>
    /// <returns>False for a pixel outside of the image as well.</returns>
    public bool Contains(int x, int y)
    {
        if (x < 0 || x >= Size.Width || y < 0 || y >= Size.Height)
        {
            return false;
        }

        var position = ((long)x * Size.Height) + y;
        var runs = new SetRunReader(this);
        while (runs.MoveNext() && runs.Start <= position)
        {
            if (position < runs.End)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>One line about the mask, such as <c>Mask of 4200 pixels in 960x640</c>.</summary>
    public override string ToString() => $"Mask of {MaskRecord.Pixels(Area)} in {Size}";

    /// <summary>The set pixels, column by column from the left and down each column; segments of one column never touch.</summary>
    internal IEnumerable<ColumnSegment> Segments()
    {
        long position = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            var end = position + _counts[i];

            // Runs with nothing between them are one.
            for (; i % 2 == 1 && i + 2 < _counts.Length && _counts[i + 1] == 0; i += 2)
            {
                end += _counts[i + 2];
            }

            // A run may continue from one column into the next.
            while (i % 2 == 1 && position < end)
            {
                var column = (int)(position / Size.Height);
                var stop = Math.Min(end, (long)(column + 1) * Size.Height);
                var start = (int)(position - ((long)column * Size.Height));
                yield return new ColumnSegment(column, start, start + (int)(stop - position));
                position = stop;
            }

            position = end;
        }
    }

    /// <summary>The same mask as a part of a larger image.</summary>
    /// <param name="image">Size of the image.</param>
    /// <param name="left">Column of the image where the mask begins.</param>
    /// <param name="top">Row of the image where the mask begins.</param>
    /// <exception cref="ArgumentOutOfRangeException">The mask does not lie inside the image there, or the image has more than 2^31 - 1
    /// pixels.</exception>
    internal RunLengthEncoding PlaceIn(ImageSize image, int left, int top)
    {
        if (image == Size && left == 0 && top == 0)
        {
            return this;
        }

        var runs = new SetRunBuilder(image);
        if (left < 0 || top < 0 || left > image.Width - Size.Width || top > image.Height - Size.Height)
        {
            throw new ArgumentOutOfRangeException(
                nameof(image), image, $"Expected an image that a mask of {Size} at ({left}, {top}) lies inside, found {image}.");
        }

        foreach (var segment in Segments())
        {
            var column = ((long)(left + segment.Column) * image.Height) + top;
            runs.Add(column + segment.Start, column + segment.End);
        }

        return runs.ToMask();
    }

    /// <summary>Extent of the set pixels: indices of the first and last column and row.</summary>
    /// <returns>Right and lower edge included; all zeros for an empty mask, as in SAM 2.</returns>
    internal BoxXyxy BoundingCorners()
    {
        var extent = PixelExtent.Of(this);
        return Area == 0 ? default : new BoxXyxy(extent.Left, extent.Top, extent.Right - 1, extent.Bottom - 1);
    }
}
