using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace MaskGen.ML.Imaging;

/// <summary>Rows of a PNG that is not interlaced, with all the bits of their samples: Skia gives neither.</summary>
/// <remarks>Source: PNG specification, third edition (W3C), sections 7 (encoding), 9 (filters), 10 (zlib stream), 11.2 (IHDR, PLTE,
/// IDAT).</remarks>
internal sealed class PngRows : IRawRows
{
    private const int SignatureLength = 8;
    private const int HeaderLength = 13;
    private readonly ImageInput _input;
    private readonly string _source;
    private readonly PngImage _image;
    private readonly ZLibStream _inflated;
    private readonly int _pixelBytes;
    private readonly byte[] _above;
    private readonly byte[] _line;
    private int _next;

    private PngRows(PngImage image, ImageInput input, string source)
    {
        (_image, _input, _source) = (image, input, source);
        _inflated = new ZLibStream(new ImageData(input, image.Data), CompressionMode.Decompress);
        _pixelBytes = Math.Max(image.Layout.Samples * image.Layout.Bits / 8, 1);
        (_above, _line) = (new byte[image.Layout.RowBytes], new byte[image.Layout.RowBytes + 1]);
    }

    /// <summary>What the chunks before the pixels say.</summary>
    /// <param name="input">A PNG.</param>
    /// <returns>Null where it is interlaced, or not understood.</returns>
    public static PngImage? Describe(ImageInput input)
    {
        Span<byte> frame = stackalloc byte[8];
        Span<byte> fields = stackalloc byte[HeaderLength];
        byte[] palette = [];
        for (long at = SignatureLength; input.TryReadAt(at, frame);)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(frame);
            var data = at + frame.Length;
            if (at == SignatureLength && (!frame[4..].SequenceEqual("IHDR"u8) || !input.TryReadAt(data, fields)))
            {
                return null;
            }

            if (frame[4..].SequenceEqual("PLTE"u8))
            {
                palette = new byte[Math.Min(length, 3 * 256)];
                input.TryReadAt(data, palette);
            }

            if (frame[4..].SequenceEqual("IDAT"u8))
            {
                return Of(fields, palette, at);
            }

            at = data + length + 4;
        }

        return null;
    }

    /// <summary>Opens a PNG.</summary>
    /// <param name="image">What it says of itself.</param>
    /// <param name="input">The file.</param>
    /// <param name="source">Its name, for messages.</param>
    public static PngRows Open(PngImage image, ImageInput input, string source) => new(image, input, source);

    public void Read(Span<byte> row)
    {
        ReadLine();
        _line.AsSpan(1).CopyTo(row);
    }

    public void Skip(int rows)
    {
        for (var i = 0; i < rows; i++)
        {
            ReadLine();
        }
    }

    public void Dispose() => _inflated.Dispose();

    private static PngImage? Of(ReadOnlySpan<byte> fields, byte[] palette, long data)
    {
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(fields), BinaryPrimitives.ReadInt32BigEndian(fields[4..]));
        var (bits, type, isInterlaced) = (fields[8], fields[9], fields[12] != 0);
        (int Samples, SampleMeaning Meaning)? form = type switch
        {
            0 => (1, SampleMeaning.Grey),
            2 => (3, SampleMeaning.Rgb),
            3 when bits <= 8 => (1, SampleMeaning.Palette),
            4 => (2, SampleMeaning.Grey),
            6 => (4, SampleMeaning.Rgb),
            _ => null,
        };
        var isRead = form is not null && !isInterlaced && (bits is 8 or 16 || (bits is 1 or 2 or 4 && form.Value.Samples == 1));
        if (!isRead || width < 1 || height < 1)
        {
            return null;
        }

        var layout = new SampleLayout
        {
            Width = width,
            Bits = bits,
            Samples = form!.Value.Samples,
            Meaning = form.Value.Meaning,
            IsBigEndian = true,
            Palette = palette,
        };
        return new PngImage(new ImageSize(width, height), layout, data);
    }

    private void ReadLine()
    {
        _input.ThrowIfStopped();
        if (_next > 0)
        {
            _line.AsSpan(1).CopyTo(_above);
        }

        int count;
        try
        {
            count = _inflated.ReadAtLeast(_line, _line.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            _input.ThrowIfStopped();
            throw Damaged($"damaged ({e.Message.TrimEnd('.')})", e);
        }

        _input.ThrowIfStopped();
        if (count < _line.Length)
        {
            throw Damaged("cut off", null);
        }

        Unfilter();
        _next++;
    }

    private InvalidDataException Damaged(string how, Exception? cause) => new(
        $"{_source}: expected {_image.Size.Height} rows of a PNG image of {_image.Size}, found {_next}; the file is {how}.", cause);

    private void Unfilter()
    {
        var row = _line.AsSpan(1);
        ReadOnlySpan<byte> above = _above;
        var step = _pixelBytes;
        switch (_line[0])
        {
            case 0:
                break;
            case 1:
                for (var i = step; i < row.Length; i++)
                {
                    row[i] += row[i - step];
                }

                break;
            case 2:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += above[i];
                }

                break;
            case 3:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += (byte)(((i < step ? 0 : row[i - step]) + above[i]) / 2);
                }

                break;
            case 4:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += i < step ? above[i] : Paeth(row[i - step], above[i], above[i - step]);
                }

                break;
            default:
                throw Damaged($"damaged (filter {_line[0]})", null);
        }
    }

    private static byte Paeth(byte left, byte above, byte aboveLeft)
    {
        var estimate = left + above - aboveLeft;
        var (a, b, c) = (Math.Abs(estimate - left), Math.Abs(estimate - above), Math.Abs(estimate - aboveLeft));
        return a <= b && a <= c ? left : b <= c ? above : aboveLeft;
    }

    /// <summary>The data of all IDAT chunks, one after the other, each checked against its sum.</summary>
    private sealed class ImageData(ImageInput input, long first) : Stream
    {
        private readonly Crc32 _sum = new();
        private long _chunk = first;
        private long _at;
        private long _left;
        private bool _isOpen;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            while (_left == 0)
            {
                if ((_isOpen && !CloseChunk()) || !OpenChunk())
                {
                    return 0;
                }
            }

            var some = buffer[..(int)Math.Min(buffer.Length, _left)];
            input.Position = _at;
            var count = input.Read(some);
            _sum.Append(some[..count]);
            (_at, _left) = (_at + count, _left - count);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private bool OpenChunk()
        {
            Span<byte> frame = stackalloc byte[8];
            if (!input.TryReadAt(_chunk, frame) || !frame[4..].SequenceEqual("IDAT"u8))
            {
                return false;
            }

            (_at, _left, _isOpen) = (_chunk + frame.Length, BinaryPrimitives.ReadUInt32BigEndian(frame), true);
            _sum.Reset();
            _sum.Append(frame[4..]);
            return true;
        }

        private bool CloseChunk()
        {
            Span<byte> stored = stackalloc byte[4];
            if (!input.TryReadAt(_at, stored))
            {
                return false;
            }

            if (BinaryPrimitives.ReadUInt32BigEndian(stored) != _sum.GetCurrentHashAsUInt32())
            {
                throw new InvalidDataException("the sum of a chunk is wrong");
            }

            (_chunk, _isOpen) = (_at + stored.Length, false);
            return true;
        }
    }
}

/// <summary>What a PNG says of its pixels.</summary>
/// <param name="Size">Its size.</param>
/// <param name="Layout">How they are stored.</param>
/// <param name="Data">Where their first chunk begins.</param>
internal sealed record PngImage(ImageSize Size, SampleLayout Layout, long Data);
