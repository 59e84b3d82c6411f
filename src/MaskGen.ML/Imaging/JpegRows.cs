using SkiaSharp;

namespace MaskGen.ML.Imaging;

/// <summary>Rows of a JPEG of one scan, decoded by Skia as they are asked for.</summary>
internal sealed class JpegRows : ImageRows
{
    private readonly SKCodec _codec;
    private readonly ImageInput _input;
    private readonly string _source;
    private int _next;

    private JpegRows(SKCodec codec, ImageSize stored, int orientation, ImageInput input, string source)
        : base(stored, orientation) => (_codec, _input, _source) = (codec, input, source);

    /// <summary>Opens a JPEG.</summary>
    /// <param name="input">The file.</param>
    /// <param name="orientation">See <see cref="ExifOrientation"/>.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="InvalidDataException">It is no whole JPEG.</exception>
    public static JpegRows Open(ImageInput input, int orientation, string source)
    {
        input.Position = 0;
        var codec = SKCodec.Create(new SKManagedStream(input), out var result);
        if (codec is not null)
        {
            var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            result = codec.StartScanlineDecode(info);
            if (result == SKCodecResult.Success)
            {
                return new JpegRows(codec, new ImageSize(info.Width, info.Height), orientation, input, source);
            }

            codec.Dispose();
        }

        input.ThrowIfStopped();
        throw new InvalidDataException(
            $"{source}: expected a whole image, found a JPEG file of {input.FileLength} bytes whose header is damaged or cut off"
            + $" ({result}).");
    }

    public override unsafe void Read(Span<byte> rgba)
    {
        var rows = rgba.Length / (4 * Stored.Width);
        _input.ThrowIfStopped();
        int count;
        fixed (byte* pixels = rgba)
        {
            count = _codec.GetScanlines((IntPtr)pixels, rows, 4 * Stored.Width);
        }

        _input.ThrowIfStopped();
        _next += count;
        if (count < rows)
        {
            throw new InvalidDataException(
                $"{_source}: expected {Stored.Height} rows of a JPEG image of {Stored}, found {_next}; the file is cut off or damaged.");
        }
    }

    public override void Skip(int rows)
    {
        // Skia's own skipping reads every row as well, and does not say where the data ends.
        const int Strip = 16;
        var strip = new byte[Strip * 4 * Stored.Width];
        for (; rows > 0; rows -= Strip)
        {
            Read(strip.AsSpan(0, Math.Min(rows, Strip) * 4 * Stored.Width));
        }
    }

    public override void Dispose() => _codec.Dispose();
}
