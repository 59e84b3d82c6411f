namespace MaskGen.ML.Results;

/// <summary>The run lengths of Label Studio's brush, which are not COCO's.</summary>
/// <remarks>They are a stream of bits, the highest of each byte first, as the package rle-pack of thi.ng/umbrella defines it. Head: the
/// number of values (32 bits), the bits per value less one (5), and four sizes of lengths, each less one (4 bits each). Then pieces: a bit
/// that says whether the values of the piece are one and the same, the index of the size of its length (2), the length less one in that
/// many bits, and the value. The values are the bytes of the image in red, green, blue and alpha, row by row. Label Studio's converter
/// (brush.py) reads the same.</remarks>
internal static class BrushRuns
{
    private const int Channels = 4;
    private const int ValueBits = 8;

    // A length has up to so many bits.
    private static readonly int[] LengthBits = [3, 4, 8, 16];

    /// <summary>Encodes a mask.</summary>
    /// <param name="mask">Of at most 2^30 - 1 pixels: the number of bytes of the image has 32 bits.</param>
    /// <returns>Bytes, which Label Studio writes as an array of numbers.</returns>
    /// <exception cref="ArgumentException">The mask has more pixels.</exception>
    public static byte[] Encode(RunLengthEncoding mask)
    {
        if (mask.Size.PixelCount >= 1L << 30)
        {
            throw new ArgumentException($"Expected a mask of fewer than 2^30 pixels, found {mask.Size}.", nameof(mask));
        }

        var bits = new BitWriter();
        bits.Write((uint)(mask.Size.PixelCount * Channels), 32);
        bits.Write(ValueBits - 1, 5);
        foreach (var size in LengthBits)
        {
            bits.Write((uint)size - 1, 4);
        }

        uint value = 0;
        foreach (var run in MaskCrop.RowRuns(mask))
        {
            for (var left = (long)run * Channels; left > 0;)
            {
                var length = Math.Min(left, 1L << LengthBits[^1]);
                WritePiece(bits, (uint)length, value);
                left -= length;
            }

            value = byte.MaxValue - value;
        }

        return bits.ToArray();
    }

    private static void WritePiece(BitWriter bits, uint length, uint value)
    {
        var index = Array.FindIndex(LengthBits, size => length <= 1u << size);
        bits.Write(1, 1);
        bits.Write((uint)index, 2);
        bits.Write(length - 1, LengthBits[index]);
        bits.Write(value, ValueBits);
    }

    private sealed class BitWriter
    {
        private readonly List<byte> _bytes = [];
        private int _free;

        public void Write(uint value, int count)
        {
            for (var bit = count - 1; bit >= 0; bit--)
            {
                if (_free == 0)
                {
                    _bytes.Add(0);
                    _free = 8;
                }

                _free--;
                _bytes[^1] |= (byte)(((value >> bit) & 1) << _free);
            }
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
