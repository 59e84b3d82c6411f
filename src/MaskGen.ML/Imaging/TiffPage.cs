namespace MaskGen.ML.Imaging;

/// <summary>How one image of a TIFF file is stored, checked against the file before anything is decoded.</summary>
/// <remarks>Source: TIFF 6.0, sections 3 to 8, 15, 18, 22, and Adobe's technical notes on Deflate and JPEG.</remarks>
internal sealed record TiffPage
{
    private const ushort ImageWidth = 256;
    private const ushort ImageLength = 257;
    private const ushort CompressionTag = 259;
    private const ushort PhotometricTag = 262;
    private const ushort FillOrder = 266;
    private const ushort StripOffsets = 273;
    private const ushort OrientationTag = 274;
    private const ushort SamplesPerPixel = 277;
    private const ushort RowsPerStripTag = 278;
    private const ushort StripByteCounts = 279;
    private const ushort PlanarConfiguration = 284;
    private const ushort TileWidth = 322;
    private const ushort TileLength = 323;
    private const ushort TileOffsets = 324;
    private const ushort TileByteCounts = 325;

    private const int PhotometricYCbCr = 6;
    private const int CompressionOldJpeg = 6;
    private const int CompressionJpeg = 7;
    private const int MostSamples = 1 << 12;

    // Decoded together, or read together where they are packed: there is no way to read a part.
    private const long MostTileBytes = 1L << 28;
    private const long MostPackedStripBytes = 1L << 30;

    private TiffPage(TiffTags tags, ImageSize size, SampleLayout layout)
    {
        (Tags, Size, Layout) = (tags, size, layout);
    }

    /// <summary>Everything that the file says of the image.</summary>
    public TiffTags Tags { get; }

    /// <summary>Size as stored.</summary>
    public ImageSize Size { get; }

    /// <summary>The samples that are used, as rows have them.</summary>
    public SampleLayout Layout { get; }

    /// <summary>How to turn it, see <see cref="ExifOrientation"/>.</summary>
    public int Orientation { get; private init; } = ExifOrientation.Upright;

    /// <summary>Samples that each pixel has in the file.</summary>
    public int Bands { get; private init; }

    /// <summary>Whether each sample has a plane of its own.</summary>
    public bool IsSeparate { get; private init; }

    /// <summary>Width and height of a tile; null where the image is stored in strips of whole rows.</summary>
    public ImageSize? Tile { get; private init; }

    /// <summary>Rows of a strip, the last of which may have fewer; 0 where there are tiles.</summary>
    public int RowsPerStrip { get; private init; }

    /// <summary>Whether the bytes of a strip are the rows themselves.</summary>
    public bool IsPlain { get; private init; }

    /// <summary>Whether colours are to be computed by LibTiff, which knows forms of colour that are seldom met.</summary>
    public bool IsComputed { get; private init; }

    /// <summary>Whether the colours are those of a JPEG.</summary>
    public bool IsJpegColor { get; private init; }

    /// <summary>Where the strips or tiles lie, those of the first plane first, and how long each is.</summary>
    public required (long[] Offsets, long[] Lengths) Blocks { get; init; }

    /// <summary>Strips or tiles of a plane.</summary>
    public int BlocksPerPlane => Tile is { } tile
        ? Pieces(Size.Width, tile.Width) * Pieces(Size.Height, tile.Height)
        : Pieces(Size.Height, RowsPerStrip);

    /// <summary>Reads and checks what a directory says.</summary>
    /// <param name="tags">The directory.</param>
    /// <param name="input">The file.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <param name="checkSize">Throws where the size is not wanted.</param>
    /// <exception cref="InvalidDataException">The image is of a form that is not read, or not whole.</exception>
    public static TiffPage Read(TiffTags tags, ImageInput input, string source, Action<ImageSize> checkSize)
    {
        if (tags.CutOff.FirstOrDefault() is > 0 and var cutOff)
        {
            throw TiffErrors.Damaged(source, $"values of tag {cutOff} beyond its end");
        }

        var size = new ImageSize(
            (int)Math.Clamp(tags.Whole(ImageWidth) ?? 0, 0, int.MaxValue), (int)Math.Clamp(tags.Whole(ImageLength) ?? 0, 0, int.MaxValue));
        checkSize(size);
        if (size.Width < 1 || size.Height < 1)
        {
            throw TiffErrors.Damaged(source, $"a size of {size}");
        }

        var compression = (int)(tags.Whole(CompressionTag) ?? 1);
        ThrowUnlessRead(compression, source);
        var bands = (int)Math.Clamp(tags.Whole(SamplesPerPixel) ?? 1, 0, MostSamples + 1);
        if (bands is < 1 or > MostSamples)
        {
            throw TiffErrors.Damaged(source, $"{bands} samples per pixel");
        }

        var photometric = (int)(tags.Whole(PhotometricTag) ?? 1);
        var isSeparate = bands > 1 && tags.Whole(PlanarConfiguration) == 2;
        var isJpegColor = compression == CompressionJpeg && photometric == PhotometricYCbCr;
        var isComputed = compression == CompressionOldJpeg || (photometric is 6 or 8 or 9 or 10 or 32844 or 32845 && !isJpegColor);
        var layout = isComputed
            ? TiffSampleLayout.Computed(size.Width)
            : TiffSampleLayout.Of(tags, size.Width, bands, photometric, isSeparate, source);
        var page = new TiffPage(tags, size, layout)
        {
            Orientation = tags.Whole(OrientationTag) is >= 1 and <= 8 and var turned ? (int)turned : ExifOrientation.Upright,
            Bands = bands,
            IsSeparate = isSeparate,
            IsComputed = isComputed,
            IsJpegColor = isJpegColor,
            IsPlain = compression == 1 && tags.Whole(FillOrder) is null or 1 && !isComputed,
            Blocks = ([], []),
        };
        page = tags.Contains(TileWidth) ? page.WithTiles(source) : page.WithStrips(source);
        return page.WithBlocks(input, source, compression);
    }

    private static int Pieces(int length, int piece) => (int)((length + (long)piece - 1) / piece);

    private static void ThrowUnlessRead(int compression, string source)
    {
        var isRead = compression is 1 or 2 or 3 or 4 or 5 or 6 or 7 or 8 or 32771 or 32773 or 32809 or 32909 or 32946 or 34676 or 34677;
        if (isRead)
        {
            return;
        }

        var name = compression switch
        {
            34661 => "JBIG",
            34712 or 33003 or 33005 => "JPEG 2000",
            34887 => "LERC",
            34925 => "LZMA",
            50000 => "Zstandard",
            50001 => "WebP",
            50002 or 52546 => "JPEG XL",
            _ => "an unknown method",
        };
        throw TiffErrors.Unread(
            source,
            $"a TIFF image packed by {name} ({compression}); convert it first, with gdal_translate -co COMPRESS=DEFLATE IN OUT say");
    }

    private TiffPage WithTiles(string source)
    {
        var tile = new ImageSize(
            (int)Math.Clamp(Tags.Whole(TileWidth) ?? 0, 0, int.MaxValue), (int)Math.Clamp(Tags.Whole(TileLength) ?? 0, 0, int.MaxValue));
        if (tile.Width < 1 || tile.Height < 1)
        {
            throw TiffErrors.Damaged(source, $"tiles of {tile}");
        }

        var bytes = (double)tile.PixelCount * (IsSeparate ? 1 : Bands) * Math.Max(Layout.Bits, 8) / 8;
        return bytes <= MostTileBytes
            ? this with { Tile = tile }
            : throw TiffErrors.Unread(
                source, $"a TIFF image with tiles of {tile}, which are too large to decode; save it with smaller ones");
    }

    private TiffPage WithStrips(string source)
    {
        var rows = Tags.Whole(RowsPerStripTag) ?? Size.Height;
        return rows > 0
            ? this with { RowsPerStrip = (int)Math.Min(rows, Size.Height) }
            : throw TiffErrors.Damaged(source, $"strips of {rows} rows");
    }

    private TiffPage WithBlocks(ImageInput input, string source, int compression)
    {
        var count = (long)BlocksPerPlane * (IsSeparate ? Bands : 1);
        var (offsetTag, lengthTag) = Tile is null ? (StripOffsets, StripByteCounts) : (TileOffsets, TileByteCounts);
        var kind = Tile is null ? "strips" : "tiles";

        // Before memory is taken for them; old programs leave the lengths of plain strips out.
        if (count > int.MaxValue || Tags.Count(offsetTag) < count)
        {
            throw TiffErrors.Damaged(source, $"{Tags.Count(offsetTag)} {kind} of {count}");
        }

        var offsets = Tags.Wholes(offsetTag, (int)count);
        var lengths = Tags.Wholes(lengthTag, (int)count);
        if (lengths.Length < offsets.Length)
        {
            lengths = IsPlain && Tile is null ? PlainLengths((int)count)
                : throw TiffErrors.Damaged(source, $"the lengths of {lengths.Length} {kind} of {count}");
        }

        var whole = 0L;
        for (var i = 0; i < offsets.Length; i++)
        {
            // A tile that is nowhere has no data, as programs leave it out where nothing is.
            var isInside = offsets[i] >= 0 && lengths[i] >= 0 && lengths[i] <= input.FileLength
                && offsets[i] <= input.FileLength - lengths[i];
            if (!isInside || (lengths[i] == 0 && Tile is null))
            {
                throw new InvalidDataException(
                    $"{source}: expected {offsets.Length} {kind} of a TIFF image of {Size}, found {i}; the file is cut off or damaged.");
            }

            whole += lengths[i];
        }

        if (Tile is null && !IsPlain && lengths.Max() is > MostPackedStripBytes and var longest)
        {
            throw TiffErrors.Unread(
                source, $"a TIFF image with a packed strip of {longest} bytes, which is too long to decode; save it with shorter ones");
        }

        return (this with { Blocks = (offsets, lengths) }).Checked(whole, compression, source);
    }

    // A file of a few bytes may claim any size. Where its data cannot stand for so many pixels, no memory is taken for them.
    private TiffPage Checked(long dataBytes, int compression, string source)
    {
        // The longest repetitions that a byte can stand for: of Deflate 1032 bytes, of LZW 4096 bytes in 12 bits, of PackBits 128 in two,
        // of JPEG a block of 64 samples in a bit or two; of the fax codes a row in a bit.
        double most = compression switch
        {
            1 => 1,
            5 => 2731,
            8 or 32946 or 32909 => 1032,
            32773 => 64,
            6 or 7 => 1024,
            _ => 8.0 * Size.Width,
        };
        var bitsPerPixel = (double)Layout.Bits * (IsComputed ? 1 : Bands);
        var needed = Tile is not null ? 0 : Size.PixelCount * bitsPerPixel / 8 / (compression is 6 or 7 ? Bands : 1);
        if (dataBytes * most < needed)
        {
            throw new InvalidDataException(
                $"{source}: expected {Size.Height} rows of a TIFF image of {Size}, found data for"
                + $" {(long)(Size.Height * (dataBytes * most / needed))} at most in {dataBytes} bytes; the file is cut off or damaged.");
        }

        return this;
    }

    private long[] PlainLengths(int count)
    {
        var bytes = ((long)Size.Width * (IsSeparate ? 1 : Bands) * Layout.Bits + 7) / 8;
        var lengths = new long[count];
        for (var i = 0; i < count; i++)
        {
            var first = i % BlocksPerPlane * (long)RowsPerStrip;
            lengths[i] = bytes * Math.Min(RowsPerStrip, Size.Height - first);
        }

        return lengths;
    }
}
