using System.Buffers.Binary;

namespace MaskGen.ML.Imaging;

/// <summary>Reads the markers of a JPEG.</summary>
/// <remarks>Source: ITU-T T.81, annex B.</remarks>
internal sealed class JpegHeader
{
    // At least one bit for each block of 64 samples of a component; the components of the coarsest sampling that the format allows have
    // a little over half as many samples as the image has pixels together.
    private const int MostPixelsPerByte = 1024;

    // A progressive image has about ten scans. Each may take as long as the whole image and cost a few bytes, so their number is the work.
    private const int MostScans = 100;

    // A row of blocks is at most 4 x 8 pixels high, and the one above it may wait for it to be interpolated.
    private const int MostUndecidedRows = 64;

    private const byte EndOfImage = 0xD9;
    private const string Convert = "convert it to PNG or an ordinary JPEG first";
    private readonly ImageInput _input;
    private readonly byte[] _block = new byte[1 << 16];
    private readonly Dictionary<byte, ulong> _finished = [];
    private ImageHeader _header = new();
    private long _blockStart;
    private int _blockLength;
    private int _scans;
    private bool _isSequential;

    private JpegHeader(ImageInput input) => _input = input;

    public static ImageHeader Read(ImageInput input) => new JpegHeader(input).Read();

    private ImageHeader Read()
    {
        long at = 2;
        while (NextMarker(ref at) is { } marker)
        {
            if (marker == EndOfImage)
            {
                return _header;
            }

            // Markers without a length: restarts, the beginning of an image, and one of arithmetic coding.
            if (marker is >= 0xD0 and <= 0xD8 or 0x01)
            {
                continue;
            }

            if (!TryReadUInt16(at, out var length))
            {
                break;
            }

            if (marker == 0xE1)
            {
                ReadExif(at, length);
            }
            else if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                ReadFrame(marker, at);
            }
            else if (marker == 0xDA && !ReadScan(at, length))
            {
                return _header;
            }

            at += Math.Max((int)length, 2);
        }

        return _header with { IsCutOff = true };
    }

    private void ReadExif(long at, int length)
    {
        var exif = new byte[Math.Clamp(_input.FileLength - at - 2, 0, Math.Max(length - 2, 0))];
        if (_header.Orientation == ExifOrientation.Upright && _input.TryReadAt(at + 2, exif) && exif.AsSpan().StartsWith("Exif\0\0"u8))
        {
            _header = _header with { Orientation = ExifOrientation.Read(exif) };
        }
    }

    private void ReadFrame(byte marker, long at)
    {
        // Length, bits per sample, height, width, number of components; then number, sampling and table of each component.
        Span<byte> fields = stackalloc byte[8];
        if (_header.Size is not null || !_input.TryReadAt(at, fields))
        {
            return;
        }

        _isSequential = marker is 0xC0 or 0xC1;
        _header = _header with
        {
            Size = new ImageSize(BinaryPrimitives.ReadUInt16BigEndian(fields[5..]), BinaryPrimitives.ReadUInt16BigEndian(fields[3..])),
            Unsupported = Unsupported(marker, fields[2]),
        };
        Span<byte> component = stackalloc byte[1];
        for (var i = 0; i < fields[7] && _input.TryReadAt(at + fields.Length + (3 * i), component); i++)
        {
            _finished.TryAdd(component[0], 0);
        }
    }

    private static string? Unsupported(byte marker, byte bitsPerSample) => marker switch
    {
        > 0xC2 and < 0xC8 => $"a lossless or hierarchical JPEG; {Convert}",
        > 0xC8 => $"an arithmetic-coded JPEG; {Convert}",
        _ when bitsPerSample != 8 => $"a JPEG of {bitsPerSample} bits per sample, not 8; {Convert}",
        _ => null,
    };

    // Whether another scan may follow: an image in one scan is not searched to its end.
    private bool ReadScan(long at, int length)
    {
        Span<byte> fields = stackalloc byte[3 + (2 * 4) + 3];
        var components = Math.Clamp((length - 6) / 2, 1, 4);
        fields = fields[..(3 + (2 * components) + 3)];
        _scans++;
        if (_scans == 1)
        {
            _header = _header with { MostPixels = (double)(_input.FileLength - at) * MostPixelsPerByte };
        }

        if (!_input.TryReadAt(at, fields))
        {
            _header = _header with { IsCutOff = true };
            return false;
        }

        if (_scans > MostScans)
        {
            _header = _header with
            {
                Unsupported = $"a JPEG of more than {MostScans} scans, which no camera or program makes; save it again",
            };
            return false;
        }

        MarkFinished(fields, components);
        if (_isSequential && _scans == 1 && components == _finished.Count)
        {
            _header = _header with { MissingEnd = [0xFF, EndOfImage], UndecidedRows = MostUndecidedRows };
            return false;
        }

        // Of an image in several scans all rows are undecided until the last has ended. Only where every coefficient has come with its
        // last bit can nothing but the end be missing.
        _header = _header with
        {
            IsInterlaced = true,
            MissingEnd = _finished.Values.All(coefficients => coefficients == ulong.MaxValue) ? [0xFF, EndOfImage] : [],
            UndecidedRows = int.MaxValue,
        };
        return true;
    }

    // A scan brings the coefficients from one place of the zigzag to another, down to a bit: 0 is the last.
    private void MarkFinished(ReadOnlySpan<byte> fields, int components)
    {
        var (first, last, lowestBit) = _isSequential ? (0, 63, 0) : (fields[^3], Math.Min(fields[^2], (byte)63), fields[^1] & 15);
        for (var i = 0; i < components && lowestBit == 0; i++)
        {
            var component = fields[3 + (2 * i)];
            for (var k = first; k <= last && _finished.ContainsKey(component); k++)
            {
                _finished[component] |= 1UL << k;
            }
        }
    }

    // The next marker at or after a position, and moves the position behind it; coded data between them is passed over.
    private byte? NextMarker(ref long at)
    {
        while (Peek(at) is { Length: >= 2 } block)
        {
            var next = block[..^1].IndexOf((byte)0xFF);
            if (next < 0)
            {
                at += block.Length - 1;
                continue;
            }

            // 0 is a stuffed byte of coded data, and 0xFF fills before a marker.
            var marker = block[next + 1];
            at += next + (marker == 0xFF ? 1 : 2);
            if (marker is not (0 or 0xFF))
            {
                return marker;
            }
        }

        return null;
    }

    private bool TryReadUInt16(long at, out ushort value)
    {
        var bytes = Peek(at);
        value = bytes.Length < 2 ? default : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return bytes.Length >= 2;
    }

    // The bytes from a position on, at least two unless the file ends before.
    private ReadOnlySpan<byte> Peek(long at)
    {
        if (at < _blockStart || at + 2 > _blockStart + _blockLength)
        {
            _blockStart = at;
            _blockLength = (int)Math.Clamp(_input.FileLength - at, 0, _block.Length);
            if (!_input.TryReadAt(at, _block.AsSpan(0, _blockLength)))
            {
                _blockLength = 0;
            }
        }

        return at < _blockStart + _blockLength ? _block.AsSpan((int)(at - _blockStart), (int)(_blockLength - (at - _blockStart))) : [];
    }
}
