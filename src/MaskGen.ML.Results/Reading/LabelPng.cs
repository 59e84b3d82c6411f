using System.Buffers.Binary;
using System.IO.Compression;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Reads label maps: PNG images whose samples are the numbers of objects, 0 for background.</summary>
/// <remarks>The number is the grey value, the index into the palette, or red + 256 green + 65536 blue, as COCO's panoptic maps have it;
/// alpha is passed over. No library reads samples as they are stored. Source: PNG specification, third edition (W3C), sections 7 to 10 and
/// 11.2.</remarks>
internal static class LabelPng
{
    private const int LargestFile = 1 << 30;

    // Objects are patches. The colours of a photo are in patches of a few pixels, and those of each all over it: see IsLikePhoto.
    private const int FewestColoursOfPhoto = 100;
    private const int LongestRunOfPhoto = 4;
    private const int LeastSpreadOfPhoto = 20;
    private const int FirstLook = 1 << 14;

    private const byte Grey = 0;
    private const byte Rgb = 2;
    private const byte Palette = 3;
    private const byte GreyAlpha = 4;
    private const byte Rgba = 6;

    /// <summary>Reads the objects of a map.</summary>
    /// <param name="path">The file, of at most as many pixels as an image may have by default.</param>
    /// <returns>A mask per number above 0, in the order of the numbers.</returns>
    /// <exception cref="InvalidDataException">It is not a PNG of this kind, or damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static MaskSet Read(string path)
    {
        var file = BoundedInput.ReadFile(path, LargestFile).Span;
        if (!file.StartsWith(PngChunk.Signature))
        {
            throw Unlike(path, file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "a JPEG" : "another file");
        }

        using var packed = new MemoryStream();
        var header = default(MapHeader);
        for (var at = PngChunk.SignatureLength; at + PngChunk.Overhead <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - PngChunk.Overhead)
            {
                break;
            }

            var type = file.Slice(at + 4, 4);
            var data = file.Slice(at + 8, (int)length);
            if (type.SequenceEqual("IHDR"u8))
            {
                header = ReadHeader(data, path);
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                packed.Write(data);
            }

            at += (int)length + PngChunk.Overhead;
        }

        packed.Position = 0;
        return header.Size.PixelCount == 0 ? throw Unlike(path, "one without a header") : ReadMasks(packed, header, path);
    }

    private static MapHeader ReadHeader(ReadOnlySpan<byte> data, string path)
    {
        if (data.Length != 13)
        {
            throw Unlike(path, "one with a damaged header");
        }

        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
        if (width == 0 || height == 0 || width * (double)height > ImageLoadOptions.DefaultMaximumPixels)
        {
            throw Unlike(path, $"one of {width}x{height} pixels");
        }

        var (depth, colour) = (data[8], data[9]);
        var channels = colour switch { Grey or Palette => 1, GreyAlpha => 2, Rgb => 3, Rgba => 4, _ => 0 };
        var isKnown = channels > 0
            && (depth == 8 || (depth is 1 or 2 or 4 && channels == 1) || (depth == 16 && colour is Grey or GreyAlpha));
        return !isKnown ? throw Unlike(path, $"one of {depth} bits and colour type {colour}")
            : data[12] != 0 ? throw Unlike(path, "an interlaced one")
            : new MapHeader(new ImageSize((int)width, (int)height), depth, channels);
    }

    private static MaskSet ReadMasks(Stream packed, MapHeader header, string path)
    {
        // By number; each is built column by column, so rows are turned first.
        var labels = ReadLabels(packed, header, path);
        var objects = new SortedDictionary<int, LabelledObject>();
        var (width, height) = (header.Size.Width, header.Size.Height);
        var (runs, nextLook) = (0L, FirstLook);
        for (var x = 0; x < width; x++)
        {
            if (objects.Count > nextLook)
            {
                // Counting on would take as much memory as there are colours.
                ThrowIfLikePhoto(path, objects, (long)x * height, runs, "more than ");
                nextLook *= 2;
            }

            for (var y = 0; y < height; runs++)
            {
                var (label, start) = (labels[((long)y * width) + x], y);
                while (y < height && labels[((long)y * width) + x] == label)
                {
                    y++;
                }

                if (label == 0)
                {
                    continue;
                }

                if (!objects.TryGetValue(label, out var one))
                {
                    objects.Add(label, one = new LabelledObject(header.Size));
                }

                one.Add(x, start, y);
            }
        }

        ThrowIfLikePhoto(path, objects, header.Size.PixelCount, runs, string.Empty);
        return new MaskSet(header.Size, [.. objects.Values.Select(one => MaskRecord.From(one.ToMask()))]);
    }

    // Many colours, in runs that are short on average, and each spread so that the boxes of all cover the picture many times.
    private static void ThrowIfLikePhoto(
        string path, SortedDictionary<int, LabelledObject> colours, long pixels, long runs, string atLeast)
    {
        if (colours.Count >= FewestColoursOfPhoto
            && pixels < runs * LongestRunOfPhoto
            && colours.Values.Sum(colour => colour.BoxArea) > (double)pixels * LeastSpreadOfPhoto)
        {
            throw Unlike(path, $"one that looks like a photo: {atLeast}{colours.Count} colours, each all over the picture");
        }
    }

    private static int[] ReadLabels(Stream packed, MapHeader header, string path)
    {
        var (width, height) = (header.Size.Width, header.Size.Height);
        var labels = new int[header.Size.PixelCount];
        var rowBytes = (int)((((long)width * header.Channels * header.Depth) + 7) / 8);
        var step = Math.Max(1, header.Channels * header.Depth / 8);
        var (row, above) = (new byte[rowBytes + 1], new byte[rowBytes + 1]);
        try
        {
            using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
            for (var y = 0; y < height; y++)
            {
                if (zlib.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length || !Unfilter(row, above, step))
                {
                    throw Unlike(path, "a damaged one");
                }

                for (var x = 0; x < width; x++)
                {
                    labels[((long)y * width) + x] = Label(row.AsSpan(1), x, header);
                }

                (row, above) = (above, row);
            }
        }
        catch (InvalidDataException e) when (e.InnerException is null && !e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw Unlike(path, "a damaged one");
        }

        return labels;
    }

    private static int Label(ReadOnlySpan<byte> row, int x, MapHeader header)
    {
        if (header.Depth < 8)
        {
            var bit = x * header.Depth;
            return (row[bit / 8] >> (8 - header.Depth - (bit % 8))) & ((1 << header.Depth) - 1);
        }

        var at = x * header.Channels * header.Depth / 8;
        return header.Depth == 16 ? BinaryPrimitives.ReadUInt16BigEndian(row[at..])
            : header.Channels >= 3 ? row[at] | (row[at + 1] << 8) | (row[at + 2] << 16)
            : row[at];
    }

    // The first byte of a row says how the others differ from their neighbours.
    private static bool Unfilter(byte[] row, byte[] above, int step)
    {
        for (var i = 1; i < row.Length; i++)
        {
            var left = i > step ? row[i - step] : 0;
            var corner = i > step ? above[i - step] : 0;
            int? predicted = row[0] switch
            {
                0 => 0,
                1 => left,
                2 => above[i],
                3 => (left + above[i]) / 2,
                4 => Paeth(left, above[i], corner),
                _ => null,
            };
            if (predicted is not { } value)
            {
                return false;
            }

            row[i] += (byte)value;
        }

        return true;
    }

    private static int Paeth(int left, int above, int corner)
    {
        var estimate = left + above - corner;
        var (toLeft, toAbove, toCorner) = (Math.Abs(estimate - left), Math.Abs(estimate - above), Math.Abs(estimate - corner));
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    /// <summary>The pixels of one number, and the box around them.</summary>
    private sealed class LabelledObject(ImageSize size)
    {
        private readonly SetRunBuilder _runs = new(size);
        private (int Left, int Right) _columns = (int.MaxValue, 0);
        private (int Top, int Bottom) _rows = (int.MaxValue, 0);

        public double BoxArea => (_columns.Right - _columns.Left + 1.0) * (_rows.Bottom - _rows.Top);

        public void Add(int column, int start, int end)
        {
            _runs.Add(((long)column * size.Height) + start, ((long)column * size.Height) + end);
            _columns = (Math.Min(_columns.Left, column), column);
            _rows = (Math.Min(_rows.Top, start), Math.Max(_rows.Bottom, end));
        }

        public RunLengthEncoding ToMask() => _runs.ToMask();
    }

    private static InvalidDataException Unlike(string path, string found) =>
        new($"{path}: expected a label map (PNG of grey values, of a palette or of colours, not interlaced), found {found}.");

    private readonly record struct MapHeader(ImageSize Size, int Depth, int Channels);
}
