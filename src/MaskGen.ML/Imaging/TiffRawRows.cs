using BitMiracle.LibTiff.Classic;

namespace MaskGen.ML.Imaging;

/// <summary>Rows of a TIFF image, decoded by LibTiff, with the samples of a pixel beside each other whether or not they are stored
/// so.</summary>
internal abstract class TiffRawRows : IRawRows
{
    private readonly ImageInput _input;
    private readonly string _source;
    private readonly List<(Tiff Tiff, TiffInput Stream)> _files = [];

    protected TiffRawRows(TiffPage page, ImageInput input, string source)
    {
        (Page, _input, _source) = (page, input, source);
    }

    protected TiffPage Page { get; }

    /// <summary>The row that comes next.</summary>
    protected int Next { get; private set; }

    /// <summary>Opens an image.</summary>
    /// <param name="page">The image.</param>
    /// <param name="input">Its file.</param>
    /// <param name="source">Its name, for messages.</param>
    public static IRawRows Open(TiffPage page, ImageInput input, string source) => page switch
    {
        { IsComputed: true } => new TiffComputedRows(page, input, source),
        { Tile: not null } => new TiffTileRows(page, input, source),
        { IsPlain: true } => new TiffPlainRows(page, input, source),
        _ => new TiffStripRows(page, input, source),
    };

    public void Read(Span<byte> row)
    {
        _input.ThrowIfStopped();
        try
        {
            ReadNext(row);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or InvalidDataException or OperationCanceledException))
        {
            // LibTiff meets damage with whatever exception the damage leads to.
            _input.ThrowIfStopped();
            throw Damaged(e.Message, e);
        }

        _input.ThrowIfStopped();
        Next++;
    }

    public virtual void Skip(int rows)
    {
        // What is packed can only be read from the beginning of a strip on, which LibTiff does by itself.
        Next += rows;
    }

    public void Dispose()
    {
        _files.ForEach(file => file.Tiff.Dispose());
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads row <see cref="Next"/>.</summary>
    protected abstract void ReadNext(Span<byte> row);

    /// <summary>Reads stored bytes.</summary>
    protected void ReadAt(long position, Span<byte> bytes)
    {
        if (!_input.TryReadAt(position, bytes))
        {
            _input.ThrowIfStopped();
            throw Damaged(null);
        }
    }

    /// <summary>The file as LibTiff has it; several at once where several places are read in turn.</summary>
    protected Tiff File(int index = 0)
    {
        while (_files.Count <= index)
        {
            var (tiff, stream) = TiffInput.Open(_input, Page.Tags.Offset);
            if (tiff is null)
            {
                throw Damaged(stream.Error);
            }

            if (Page.IsJpegColor)
            {
                tiff.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
            }

            _files.Add((tiff, stream));
        }

        return _files[index].Tiff;
    }

    /// <summary>The error for a row that cannot be read.</summary>
    protected InvalidDataException Damaged(string? why = null, Exception? cause = null)
    {
        why ??= _files.Select(file => file.Stream.Error).FirstOrDefault(error => error is not null);
        return new InvalidDataException(
            $"{_source}: expected {Page.Size.Height} rows of a TIFF image of {Page.Size}, found {Next}; the file is cut off or damaged"
            + $"{(why is null ? string.Empty : $" ({why.TrimEnd('.')})")}.",
            cause);
    }

    /// <summary>Puts the samples of one plane between those of others.</summary>
    protected void Interleave(ReadOnlySpan<byte> plane, Span<byte> row, int sample)
    {
        var length = Page.Layout.Bits / 8;
        var step = length * Page.Layout.Samples;
        for (int source = 0, target = sample * length; source < plane.Length; source += length, target += step)
        {
            plane.Slice(source, length).CopyTo(row[target..]);
        }
    }
}
