namespace MaskGen.ML.Imaging;

/// <summary>Reads parts of an image that is too large to be held: its rows come once from the top down, and those that a part needs are
/// kept. Not safe for concurrent use.</summary>
/// <remarks>Memory is that of as many rows as the highest part has, three bytes per pixel. Parts are best asked for from the top down as
/// the image is stored; one above the rows that are kept begins the file anew.</remarks>
internal sealed class ImageTiles : IDisposable
{
    // Upper limit of a mask: its pixels are counted in 31 bits.
    private const long MostPixels = int.MaxValue;

    private readonly ImageInput _input;
    private readonly Func<ImageRows> _open;
    private readonly ImageSize _stored;
    private readonly int _orientation;
    private readonly byte[] _band;
    private readonly byte[] _row;

    // Of the last part. Tiles are of one size, and one array after the other would lie in memory until it is collected.
    private byte[] _part = [];
    private ImageRows _rows;
    private int _bandTop;
    private int _bandRows;
    private ImageOverview? _overview;

    private ImageTiles(ImageInput input, Func<ImageRows> open, int mostRows)
    {
        (_input, _open) = (input, open);
        _rows = open();
        try
        {
            (_stored, _orientation) = (_rows.Stored, _rows.Orientation);
            var capacity = Math.Min(mostRows, _stored.Height);
            _band = GC.AllocateUninitializedArray<byte>(checked(3 * _stored.Width * capacity));
            _row = new byte[checked(4 * _stored.Width)];
        }
        catch
        {
            _rows.Dispose();
            throw;
        }
    }

    /// <summary>Width and height, upright.</summary>
    public ImageSize Size => IsQuarterTurned ? new ImageSize(_stored.Height, _stored.Width) : _stored;

    private bool IsQuarterTurned => _orientation is >= 5 and <= 8;

    /// <summary>Opens an image.</summary>
    /// <param name="stream">The file, which can be positioned; stays open, and is used until this is disposed.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <param name="options">What to read. The limit on pixels is that of the rows that a tile needs, and of the whole image where it can
    /// only be decoded as a whole.</param>
    /// <param name="tileSize">The longest side of a tile.</param>
    /// <param name="room">How much longer a part may be that is kept for several tiles.</param>
    /// <param name="cancellationToken">Ends reading early.</param>
    /// <exception cref="InvalidDataException">It is no image that can be read by parts.</exception>
    public static ImageTiles Open(
        Stream stream, string source, ImageLoadOptions options, int tileSize, int room, CancellationToken cancellationToken)
    {
        var input = ImageInput.Open(stream, source, stream.CanSeek ? long.MaxValue : options.MaximumBytes, cancellationToken);
        try
        {
            if (ImageDecoder.OpenRows(input, source, options, CheckSize) is { } open)
            {
                return new ImageTiles(input, open, tileSize + room);
            }

            var whole = ImageDecoder.Decode(input, source, options with { WayOut = WayOut(input.Format) });
            return new ImageTiles(input, () => new WholeRows(whole), tileSize + room);
        }
        catch
        {
            input.Dispose();
            throw;
        }

        void CheckSize(ImageSize size)
        {
            if (size.PixelCount > MostPixels)
            {
                throw new InvalidDataException(
                    $"{source}: expected at most {MostPixels} pixels, which is what a mask has room for, found {size}; cut the image up.");
            }

            var rows = Math.Min(tileSize, size.Height);
            if ((long)size.Width * rows > options.MaximumPixels)
            {
                throw new InvalidDataException(
                    $"{source}: expected rows for a tile of at most {options.MaximumPixels} pixels, found {rows} rows of {size.Width}. Make"
                    + $" the tiles smaller, or raise {options.NameOfLimit} to {(long)size.Width * rows} where that many are meant.");
            }

            // Three bytes for each pixel of the rows that are kept, four for those of the one that is read.
            var kept = Math.Min(tileSize + room, size.Height);
            if (size.Width * Math.Max(3L * kept, 4) > Array.MaxLength)
            {
                throw new InvalidDataException(
                    $"{source}: expected rows of at most {Array.MaxLength / 3} pixels for a tile and its neighbours, found {kept} rows of "
                    + $"{size.Width}. Make the tiles smaller, or cut the image up.");
            }
        }
    }

    /// <summary>Begins a smaller version of the image, which the rows that are read from now on make up.</summary>
    /// <param name="longestSide">The most pixels that a side of it may have.</param>
    public ImageOverview BeginOverview(int longestSide) => _overview = new ImageOverview(_stored, _orientation, longestSide);

    /// <summary>The row where a part begins as the image is stored: parts are read in this order.</summary>
    public int FirstRow(PixelArea part) => Stored(part).Top;

    /// <summary>Keeps the rows of a part, so that parts of it can be read in any order.</summary>
    /// <param name="part">In pixels of the upright image.</param>
    /// <exception cref="InvalidDataException">The file is cut off or damaged there.</exception>
    public void Keep(PixelArea part)
    {
        var stored = Stored(part);
        Load(stored.Top, stored.Size.Height);
    }

    /// <summary>Whether the rows of a part are kept.</summary>
    public bool IsKept(PixelArea part)
    {
        var stored = Stored(part);
        return stored.Top >= _bandTop && stored.Bottom <= _bandTop + _bandRows;
    }

    /// <summary>Reads a part.</summary>
    /// <param name="part">In pixels of the upright image.</param>
    /// <returns>The part, upright; valid until the next one is read.</returns>
    /// <exception cref="InvalidDataException">The file is cut off or damaged there.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public RgbImage Read(PixelArea part)
    {
        var stored = Stored(part);
        Load(stored.Top, stored.Size.Height);
        var row = 3 * stored.Size.Width;
        if (_part.Length != 3 * stored.Size.PixelCount)
        {
            _part = GC.AllocateUninitializedArray<byte>(checked((int)(3 * stored.Size.PixelCount)));
        }

        if (_orientation == ExifOrientation.Upright)
        {
            for (var y = 0; y < stored.Size.Height; y++)
            {
                Row(stored, y).CopyTo(_part.AsSpan(y * row));
            }

            return new RgbImage(stored.Size, _part);
        }

        // A few at a time: see UprightPixels.
        const int Together = 32;
        var target = new UprightPixels(stored.Size, _orientation, _part);
        var rgba = new byte[Together * 4 * stored.Size.Width];
        for (var top = 0; top < stored.Size.Height; top += Together)
        {
            var count = Math.Min(Together, stored.Size.Height - top);
            for (var y = 0; y < count; y++)
            {
                var source = Row(stored, top + y);
                for (int from = 0, to = y * 4 * stored.Size.Width; from < row; from += 3, to += 4)
                {
                    source.Slice(from, 3).CopyTo(rgba.AsSpan(to));
                }
            }

            target.Put(top, rgba.AsSpan(0, count * 4 * stored.Size.Width));
        }

        return target.ToImage();
    }

    public void Dispose()
    {
        _rows.Dispose();
        _input.Dispose();
    }

    private static string WayOut(ImageFormat format) =>
        $"This form of {ImageFormats.Name(format)} is decoded as a whole and not by tiles: save it as a TIFF, a PNG that is not interlaced"
        + " or a JPEG that is not progressive";

    private ReadOnlySpan<byte> Row(PixelArea stored, int y) =>
        _band.AsSpan(3 * (((stored.Top + y - _bandTop) * _stored.Width) + stored.Left), 3 * stored.Size.Width);

    // Where a part of the upright image lies in the stored one.
    private PixelArea Stored(PixelArea part)
    {
        var (w, h) = (_stored.Width, _stored.Height);
        var (width, height) = (part.Size.Width, part.Size.Height);
        var turned = new ImageSize(height, width);
        return _orientation switch
        {
            2 => part with { Left = w - part.Left - width },
            3 => part with { Left = w - part.Left - width, Top = h - part.Top - height },
            4 => part with { Top = h - part.Top - height },
            5 => new PixelArea(part.Top, part.Left, turned),
            6 => new PixelArea(part.Top, h - part.Left - width, turned),
            7 => new PixelArea(w - part.Top - height, h - part.Left - width, turned),
            8 => new PixelArea(w - part.Top - height, part.Left, turned),
            _ => part,
        };
    }

    // Makes sure that rows are kept.
    private void Load(int top, int count)
    {
        if (top < _bandTop)
        {
            _rows.Dispose();
            _rows = _open();
            (_bandTop, _bandRows, _overview) = (0, 0, null);
        }

        var rowLength = 3 * _stored.Width;
        var missing = top + count - (_bandTop + _bandRows);
        if (missing <= 0)
        {
            return;
        }

        // What lies above goes, and what is left moves up.
        var gone = Math.Min(top - _bandTop, _bandRows);
        Buffer.BlockCopy(_band, gone * rowLength, _band, 0, (_bandRows - gone) * rowLength);
        (_bandTop, _bandRows) = (_bandTop + gone, _bandRows - gone);
        if (_bandRows == 0 && top > _bandTop)
        {
            Pass(top - _bandTop);
            _bandTop = top;
        }

        while (_bandRows < top + count - _bandTop)
        {
            _rows.Read(_row);
            var target = _band.AsSpan(_bandRows * rowLength, rowLength);
            UprightPixels.DropAlpha(_row, target);
            _overview?.Add(target);
            _bandRows++;
        }
    }

    private void Pass(int rows)
    {
        for (var i = 0; i < rows && _overview is not null; i++)
        {
            _rows.Read(_row);
            var target = _band.AsSpan(0, 3 * _stored.Width);
            UprightPixels.DropAlpha(_row, target);
            _overview.Add(target);
        }

        if (_overview is null)
        {
            _rows.Skip(rows);
        }
    }

    /// <summary>The rows of an image that is in memory.</summary>
    private sealed class WholeRows(RgbImage image) : ImageRows(image.Size, ExifOrientation.Upright)
    {
        private int _next;

        public override void Read(Span<byte> rgba)
        {
            var pixels = image.Pixels.Slice(3 * _next * Stored.Width, rgba.Length / 4 * 3);
            for (int source = 0, target = 0; source < pixels.Length; source += 3, target += 4)
            {
                pixels.Slice(source, 3).CopyTo(rgba[target..]);
            }

            _next += rgba.Length / (4 * Stored.Width);
        }

        public override void Skip(int rows) => _next += rows;

        public override void Dispose()
        {
        }
    }
}
