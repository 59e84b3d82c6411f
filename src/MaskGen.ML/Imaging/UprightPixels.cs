using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MaskGen.ML.Imaging;

/// <summary>Takes the rows of a stored image and puts them where they belong in the upright RGB image; alpha is dropped.</summary>
internal sealed class UprightPixels
{
    // Of an image that is turned by a quarter: rows that are written together, so that each target row gets a few pixels in a row.
    private const int Tile = 32;

    private readonly ImageSize _stored;
    private readonly byte[] _pixels;

    // Where stored pixel (x, y) goes: pixel index start + x * stepX + y * stepY of the target.
    private readonly long _start;
    private readonly long _stepX;
    private readonly long _stepY;

    /// <param name="stored">Size as stored.</param>
    /// <param name="orientation">See <see cref="ExifOrientation"/>.</param>
    /// <param name="pixels">What the image is put into, three bytes per pixel; null for memory of its own.</param>
    public UprightPixels(ImageSize stored, int orientation, byte[]? pixels = null)
    {
        _stored = stored;
        var (w, h) = ((long)stored.Width, (long)stored.Height);
        IsQuarterTurned = orientation is >= 5 and <= 8;
        (_start, _stepX, _stepY) = orientation switch
        {
            2 => (w - 1, -1L, w),
            3 => ((w * h) - 1, -1L, -w),
            4 => (w * (h - 1), 1L, -w),
            5 => (0L, h, 1L),
            6 => (h - 1, h, -1L),
            7 => ((w * h) - 1, -h, -1L),
            8 => (h * (w - 1), -h, 1L),
            _ => (0L, 1L, w),
        };

        // Not cleared, so that memory is taken as rows come.
        _pixels = pixels ?? GC.AllocateUninitializedArray<byte>(checked((int)(3 * stored.PixelCount)));
    }

    /// <summary>Whether stored rows become columns.</summary>
    public bool IsQuarterTurned { get; }

    /// <summary>Puts stored rows into their place.</summary>
    /// <param name="firstRow">Index of the first of them.</param>
    /// <param name="rgba">Whole rows, R, G, B and a byte that is ignored per pixel, row-major.</param>
    public void Put(int firstRow, ReadOnlySpan<byte> rgba)
    {
        var rowLength = 4 * _stored.Width;
        var rows = rgba.Length / rowLength;
        if (IsQuarterTurned)
        {
            for (var y = 0; y < rows; y += Tile)
            {
                PutColumns(firstRow + y, rgba[(y * rowLength)..], Math.Min(Tile, rows - y));
            }

            return;
        }

        for (var y = 0; y < rows; y++)
        {
            var row = rgba.Slice(y * rowLength, rowLength);
            var index = _start + ((firstRow + y) * _stepY);
            if (_stepX == 1)
            {
                DropAlpha(row, _pixels.AsSpan((int)(3 * index), 3 * _stored.Width));
            }
            else
            {
                PutMirrored(row, (int)(3 * index));
            }
        }
    }

    /// <summary>The image, once all rows have come.</summary>
    public RgbImage ToImage() => new(IsQuarterTurned ? new ImageSize(_stored.Height, _stored.Width) : _stored, _pixels);

    /// <summary>Copies pixels without their fourth byte.</summary>
    /// <param name="rgba">R, G, B and a byte that is ignored per pixel.</param>
    /// <param name="rgb">R, G and B per pixel.</param>
    public static void DropAlpha(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        // Four pixels at a time; the last four of the sixteen bytes that are written belong to what is written next, so a row ends singly.
        var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0);
        int source = 0, target = 0;
        for (; target + Vector128<byte>.Count <= rgb.Length; source += 16, target += 12)
        {
            var four = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(rgba), (nuint)source);
            Vector128.Shuffle(four, order).StoreUnsafe(ref MemoryMarshal.GetReference(rgb), (nuint)target);
        }

        for (; target < rgb.Length; source += 4, target += 3)
        {
            rgba.Slice(source, 3).CopyTo(rgb[target..]);
        }
    }

    private void PutMirrored(ReadOnlySpan<byte> row, int target)
    {
        for (var source = 0; source < row.Length; source += 4, target -= 3)
        {
            Copy(row.Slice(source, 3), target);
        }
    }

    private void PutColumns(int firstRow, ReadOnlySpan<byte> rgba, int rows)
    {
        var rowLength = 4 * _stored.Width;
        for (var x = 0; x < _stored.Width; x++)
        {
            var target = 3 * (_start + (x * _stepX) + (firstRow * _stepY));
            for (var y = 0; y < rows; y++, target += 3 * _stepY)
            {
                Copy(rgba.Slice((y * rowLength) + (4 * x), 3), (int)target);
            }
        }
    }

    // One by one: three bytes are too few for a call to copy them.
    private void Copy(ReadOnlySpan<byte> pixel, int target)
    {
        var rgb = _pixels.AsSpan(target, 3);
        rgb[2] = pixel[2];
        rgb[1] = pixel[1];
        rgb[0] = pixel[0];
    }
}
