using System.Buffers.Binary;

namespace MaskGen.ML.Imaging;

/// <summary>The samples that become black and white; what lies between becomes grey in proportion.</summary>
/// <param name="Low">Becomes 0.</param>
/// <param name="High">Becomes 255; above <paramref name="Low"/>.</param>
internal readonly record struct SampleLimits(double Low, double High)
{
    /// <summary>The whole range of unsigned samples.</summary>
    public static SampleLimits Full(int bits) => new(0, Math.Pow(2, bits) - 1);
}

/// <summary>Turns samples as stored into RGB of 8 bits. Not safe for concurrent use.</summary>
internal sealed class SampleConverter
{
    private readonly SampleLayout _layout;
    private readonly SampleLimits _limits;

    // Of up to 16 bits: the byte for each value. The high byte of 16 bits, as other readers have it, unless another range was asked for.
    private readonly byte[]? _bytes;
    private readonly float[] _values;
    private readonly byte[] _eight;

    /// <param name="layout">How samples are stored.</param>
    /// <param name="limits">Which become black and white; for <see cref="SampleLayout.HasRange"/> alone.</param>
    public SampleConverter(SampleLayout layout, SampleLimits limits)
    {
        (_layout, _limits) = (layout, limits);
        var count = checked(layout.Width * layout.Samples);
        _eight = layout.Bits == 8 ? [] : new byte[count];
        _values = layout.Bits == 8 ? [] : new float[count];
        if (layout is { Bits: <= 16 and not 8, Kind: SampleKind.Unsigned })
        {
            _bytes = Table(layout, limits);
        }
    }

    /// <summary>Converts a row.</summary>
    /// <param name="row">As stored.</param>
    /// <param name="rgba">Four bytes per pixel; the last has no meaning.</param>
    public void Convert(ReadOnlySpan<byte> row, Span<byte> rgba) =>
        Compose(_layout.Bits == 8 ? row : ToEight(row), rgba, isStraight: _layout.Bits != 8);

    /// <summary>The samples of a row as numbers, those of alpha undone where they multiply colours.</summary>
    /// <returns>Sample after sample as in the row; valid until the next call.</returns>
    public ReadOnlySpan<float> Values(ReadOnlySpan<byte> row)
    {
        switch (_layout.Bits)
        {
            case 16:
                ReadWide(row, 2);
                break;
            case 32:
                ReadWide(row, 4);
                break;
            case 64:
                ReadWide(row, 8);
                break;
            default:
                ReadBits(row);
                break;
        }

        if (_layout.PremultipliedBy is { } alpha)
        {
            Straighten(alpha);
        }

        return _values;
    }

    private static byte[] Table(SampleLayout layout, SampleLimits limits)
    {
        var table = new byte[1 << layout.Bits];
        var isFull = limits == SampleLimits.Full(layout.Bits);
        for (var value = 0; value < table.Length; value++)
        {
            table[value] = layout.Meaning == SampleMeaning.Palette ? (byte)value
                : layout.Bits < 8 ? (byte)(value * byte.MaxValue / (table.Length - 1))
                : isFull ? (byte)(value >> (layout.Bits - 8))
                : Scaled(value, limits);
        }

        return table;
    }

    private static byte Scaled(double value, SampleLimits limits)
    {
        var scaled = (value - limits.Low) / (limits.High - limits.Low) * byte.MaxValue;
        return double.IsNaN(scaled) ? (byte)0 : (byte)Math.Round(Math.Clamp(scaled, 0, byte.MaxValue), MidpointRounding.AwayFromZero);
    }

    private ReadOnlySpan<byte> ToEight(ReadOnlySpan<byte> row)
    {
        var values = Values(row);
        for (var i = 0; i < values.Length; i++)
        {
            _eight[i] = _bytes is { } table ? table[(int)values[i]] : Scaled(values[i], _limits);
        }

        return _eight;
    }

    private void ReadWide(ReadOnlySpan<byte> row, int length)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            var sample = row.Slice(i * length, length);
            _values[i] = (length, _layout.Kind) switch
            {
                (2, SampleKind.Unsigned) => UInt16(sample),
                (2, SampleKind.Signed) => (short)UInt16(sample),
                (2, _) => (float)BitConverter.UInt16BitsToHalf(UInt16(sample)),
                (4, SampleKind.Unsigned) => UInt32(sample),
                (4, SampleKind.Signed) => (int)UInt32(sample),
                (4, _) => BitConverter.UInt32BitsToSingle(UInt32(sample)),
                (_, SampleKind.Unsigned) => UInt64(sample),
                (_, SampleKind.Signed) => (long)UInt64(sample),
                _ => (float)BitConverter.UInt64BitsToDouble(UInt64(sample)),
            };
        }
    }

    private void ReadBits(ReadOnlySpan<byte> row)
    {
        var (bits, mask) = (_layout.Bits, (1 << _layout.Bits) - 1);
        for (var i = 0; i < _values.Length; i++)
        {
            var first = (long)i * bits;
            var at = (int)(first >> 3);

            // The three bytes that a sample of up to 16 bits may lie in.
            var three = (row[at] << 16) | ((at + 1 < row.Length ? row[at + 1] : 0) << 8) | (at + 2 < row.Length ? row[at + 2] : 0);
            _values[i] = (three >> (24 - bits - (int)(first & 7))) & mask;
        }
    }

    private void Straighten(int alpha)
    {
        var most = _layout.Kind == SampleKind.Float ? 1 : (float)SampleLimits.Full(_layout.Bits).High;
        for (var pixel = 0; pixel < _values.Length; pixel += _layout.Samples)
        {
            var a = _values[pixel + alpha];
            for (var i = 0; i < _layout.Colors && a > 0 && a < most; i++)
            {
                _values[pixel + i] = Math.Min(MathF.Round(_values[pixel + i] * most / a), most);
            }
        }
    }

    private void Compose(ReadOnlySpan<byte> eight, Span<byte> rgba, bool isStraight)
    {
        var samples = _layout.Samples;
        for (int source = 0, target = 0; target < rgba.Length; source += samples, target += 4)
        {
            var pixel = eight.Slice(source, samples);
            var (r, g, b) = Color(pixel);
            if (!isStraight && _layout.PremultipliedBy is { } alpha && pixel[alpha] is > 0 and < byte.MaxValue and var a)
            {
                (r, g, b) = (Straight(r, a), Straight(g, a), Straight(b, a));
            }

            (rgba[target], rgba[target + 1], rgba[target + 2], rgba[target + 3]) = (r, g, b, byte.MaxValue);
        }
    }

    private (byte R, byte G, byte B) Color(ReadOnlySpan<byte> pixel)
    {
        switch (_layout.Meaning)
        {
            case SampleMeaning.Rgb:
                return (pixel[0], pixel[1], pixel[2]);
            case SampleMeaning.Grey:
                return (pixel[0], pixel[0], pixel[0]);
            case SampleMeaning.InvertedGrey:
                var inverted = (byte)(byte.MaxValue - pixel[0]);
                return (inverted, inverted, inverted);
            case SampleMeaning.Palette:
                // A number without a colour is black.
                var at = 3 * pixel[0];
                return at + 2 < _layout.Palette.Length
                    ? (_layout.Palette[at], _layout.Palette[at + 1], _layout.Palette[at + 2])
                    : ((byte)0, (byte)0, (byte)0);
            default:
                return (Ink(pixel[0], pixel[3]), Ink(pixel[1], pixel[3]), Ink(pixel[2], pixel[3]));
        }
    }

    private static byte Straight(byte premultiplied, byte alpha) =>
        (byte)Math.Min(((premultiplied * byte.MaxValue) + (alpha / 2)) / alpha, byte.MaxValue);

    // What is left of light after a colour and black.
    private static byte Ink(byte color, byte black) => (byte)((byte.MaxValue - color) * (byte.MaxValue - black) / byte.MaxValue);

    private ushort UInt16(ReadOnlySpan<byte> bytes) =>
        _layout.IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private uint UInt32(ReadOnlySpan<byte> bytes) =>
        _layout.IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private ulong UInt64(ReadOnlySpan<byte> bytes) =>
        _layout.IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
