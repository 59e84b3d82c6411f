using System.Runtime.InteropServices;
using SkiaSharp;

namespace MaskGen.ML.Imaging;

/// <summary>How far decoding came.</summary>
/// <param name="Image">The image, upright, where all its rows came.</param>
/// <param name="Stored">Size as stored; null where Skia did not know the file for an image.</param>
/// <param name="Rows">Whole rows that came, from the top, or from the bottom where they are stored so.</param>
/// <param name="Result">What Skia says.</param>
internal readonly record struct SkiaOutcome(RgbImage? Image, ImageSize? Stored, int Rows, SKCodecResult Result);

/// <summary>Decodes with Skia straight into upright RGB, in strips of rows where the format allows it.</summary>
/// <remarks>Rows come as RGBA: three bytes a pixel are no form that Skia has. A strip of them is small; where a format is only decoded as a
/// whole, the four bytes a pixel are given back from the end as they are copied, so that both images never lie in memory
/// together.</remarks>
internal static class SkiaDecoder
{
    private const int StripBytes = 1 << 20;

    // Of an image that is turned by a quarter: see UprightPixels.
    private const int FewestTurnedRows = 64;

    /// <summary>Decodes the first frame.</summary>
    /// <param name="input">The file.</param>
    /// <param name="header">What its structure says.</param>
    /// <param name="checkSize">Throws where the size is not wanted; called before memory for pixels is taken.</param>
    public static SkiaOutcome Decode(ImageInput input, ImageHeader header, Action<ImageSize> checkSize)
    {
        input.Position = 0;
        using var codec = SKCodec.Create(new SKManagedStream(input), out var result);
        if (codec is null)
        {
            input.ThrowIfStopped();
            return new SkiaOutcome(null, null, 0, result);
        }

        // Unpremultiplied, and without a colour space, so that Skia neither darkens half transparent pixels nor converts colours.
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var stored = new ImageSize(info.Width, info.Height);
        checkSize(stored);
        var outcome = input.Format is ImageFormat.Jpeg or ImageFormat.Bmp
            ? DecodeStrips(codec, info, new UprightPixels(stored, header.Orientation), input)
            : DecodeWhole(codec, info, header, input);
        input.ThrowIfStopped();
        return outcome;
    }

    private static unsafe SkiaOutcome DecodeStrips(SKCodec codec, SKImageInfo info, UprightPixels target, ImageInput input)
    {
        var stored = new ImageSize(info.Width, info.Height);
        var result = codec.StartScanlineDecode(info);
        if (result != SKCodecResult.Success)
        {
            return new SkiaOutcome(null, stored, 0, result);
        }

        var fewest = target.IsQuarterTurned ? FewestTurnedRows : 1;
        var stripRows = Math.Min(Math.Max(StripBytes / info.RowBytes, fewest), info.Height);
        var strip = NativeMemory.Alloc((nuint)stripRows, (nuint)info.RowBytes);
        try
        {
            var fromBottom = codec.ScanlineOrder == SKCodecScanlineOrder.BottomUp;
            for (var done = 0; done < info.Height;)
            {
                input.ThrowIfStopped();
                var wanted = Math.Min(stripRows, info.Height - done);
                var count = codec.GetScanlines((IntPtr)strip, wanted, info.RowBytes);
                if (count < wanted)
                {
                    return new SkiaOutcome(null, stored, done + count, SKCodecResult.IncompleteInput);
                }

                target.Put(fromBottom ? info.Height - done - count : done, new ReadOnlySpan<byte>(strip, count * info.RowBytes));
                done += count;
            }
        }
        finally
        {
            NativeMemory.Free(strip);
        }

        return new SkiaOutcome(target.ToImage(), stored, info.Height, SKCodecResult.Success);
    }

    private static unsafe SkiaOutcome DecodeWhole(SKCodec codec, SKImageInfo info, ImageHeader header, ImageInput input)
    {
        var stored = new ImageSize(info.Width, info.Height);
        var pixels = NativeMemory.AllocZeroed((nuint)info.Height, (nuint)info.RowBytes);
        try
        {
            var options = new SKCodecOptions(SKZeroInitialized.Yes);
            var rows = 0;
            SKCodecResult result;
            if (input.Format == ImageFormat.WebP)
            {
                result = codec.GetPixels(info, (IntPtr)pixels, info.RowBytes, options);
                rows = result == SKCodecResult.Success ? info.Height : CountWrittenRows((byte*)pixels, info);
            }
            else
            {
                result = codec.StartIncrementalDecode(info, (IntPtr)pixels, info.RowBytes, options);
                result = result == SKCodecResult.Success ? codec.IncrementalDecode(out rows) : result;
            }

            input.ThrowIfStopped();
            return result == SKCodecResult.Success
                ? new SkiaOutcome(Drain(ref pixels, info, header.Orientation, input), stored, info.Height, result)
                : new SkiaOutcome(null, stored, Math.Clamp(rows, 0, info.Height), result);
        }
        finally
        {
            NativeMemory.Free(pixels);
        }
    }

    // From the bottom up, and gives the memory of what is copied back.
    private static unsafe RgbImage Drain(ref void* pixels, SKImageInfo info, int orientation, ImageInput input)
    {
        var target = new UprightPixels(new ImageSize(info.Width, info.Height), orientation);
        var stripRows = Math.Max(4 * StripBytes / info.RowBytes, 1);
        for (var left = info.Height; left > 0;)
        {
            input.ThrowIfStopped();
            var count = Math.Min(stripRows, left);
            left -= count;
            var first = (nuint)left * (nuint)info.RowBytes;
            target.Put(left, new ReadOnlySpan<byte>((byte*)pixels + first, count * info.RowBytes));
            if (left > 0)
            {
                pixels = NativeMemory.Realloc(pixels, first);
            }
        }

        return target.ToImage();
    }

    // WebP's decoder does not say how far it came; of memory that was zero, what it has written is not, but for rows that are clear.
    private static unsafe int CountWrittenRows(byte* pixels, SKImageInfo info)
    {
        var rows = info.Height;
        while (rows > 0 && IsZero(pixels + ((nuint)(rows - 1) * (nuint)info.RowBytes)))
        {
            rows--;
        }

        return rows;

        bool IsZero(byte* row) => new ReadOnlySpan<byte>(row, info.RowBytes).IndexOfAnyExcept((byte)0) < 0;
    }
}
