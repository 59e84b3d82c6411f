using System.Runtime.ExceptionServices;

namespace MaskGen.ML.Imaging;

/// <summary>The bytes of an image file as a stream that can be positioned and is safe to hand to native code. Not safe for concurrent
/// use.</summary>
/// <remarks>
/// Nothing is copied of what can be positioned itself; the rest of another stream is copied, up to the limit. An exception that crossed
/// native frames would end the process, so reading never throws: it comes to an early end, and <see cref="ThrowIfStopped"/> says why.
/// </remarks>
internal sealed class ImageInput : Stream
{
    private readonly Stream _inner;
    private readonly long _origin;
    private readonly long _innerLength;
    private readonly CancellationToken _cancellationToken;
    private byte[] _tail = [];
    private long _position;
    private ExceptionDispatchInfo? _failure;

    private ImageInput(Stream inner, long origin, long length, ImageFormat format, CancellationToken cancellationToken)
    {
        _inner = inner;
        _origin = origin;
        _innerLength = length;
        _cancellationToken = cancellationToken;
        Format = format;
    }

    /// <summary>The format that the first bytes say.</summary>
    public ImageFormat Format { get; }

    /// <summary>Bytes that are read after the end of the file, as though they belonged to it.</summary>
    public ReadOnlySpan<byte> Tail
    {
        get => _tail;
        set => _tail = value.ToArray();
    }

    /// <summary>Length of the file, without the tail.</summary>
    public long FileLength => _innerLength;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _innerLength + _tail.Length;

    public override long Position
    {
        get => _position;
        set => _position = Math.Max(value, 0);
    }

    /// <summary>Looks at the first bytes and makes the rest readable.</summary>
    /// <param name="stream">The file from its current position on; stays open, and is used until this is disposed.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="maximumLength">Longest file that is read, in bytes.</param>
    /// <param name="cancellationToken">Ends reading early.</param>
    /// <exception cref="InvalidDataException">The file is none of the formats that are read, or longer than the limit.</exception>
    public static ImageInput Open(Stream stream, string source, long maximumLength, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var origin = stream.CanSeek ? stream.Position : 0;
        var length = RestOf(stream);
        var start = new byte[ImageFormats.StartLength];
        var read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        var format = Recognize(start.AsSpan(0, read), length, source);
        if (length is { } positioned)
        {
            // A TIFF may have any number of pages, of which one is read, from where it lies.
            ThrowIfTooLong(format == ImageFormat.Tiff ? 0 : positioned, maximumLength, source);
            return new ImageInput(stream, origin, positioned, format, cancellationToken);
        }

        ThrowIfTooLong(read, maximumLength, source);
        var copy = new ChunkedBytes(start.AsMemory(0, read));
        while (copy.Append(stream))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfTooLong(copy.Length, maximumLength, source, isWhole: false);
        }

        return new ImageInput(copy, 0, copy.Length, format, cancellationToken);
    }

    /// <summary>Copies a file into memory without one synchronous read of its stream; otherwise as <see cref="Open"/>.</summary>
    /// <param name="stream">The file from its current position on; stays open, and is not used afterwards.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="maximumLength">Longest file that is read, in bytes.</param>
    /// <param name="cancellationToken">Ends reading early.</param>
    /// <exception cref="InvalidDataException">The file is none of the formats that are read, or longer than the limit.</exception>
    public static async Task<ImageInput> OpenAsync(
        Stream stream, string source, long maximumLength, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var length = RestOf(stream);
        var start = new byte[ImageFormats.StartLength];
        var read = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var format = Recognize(start.AsSpan(0, read), length, source);
        ThrowIfTooLong(length ?? read, maximumLength, source);
        var copy = new ChunkedBytes(start.AsMemory(0, read));
        while (await copy.AppendAsync(stream, cancellationToken).ConfigureAwait(false))
        {
            ThrowIfTooLong(copy.Length, maximumLength, source, isWhole: false);
        }

        return new ImageInput(copy, 0, copy.Length, format, cancellationToken);
    }

    /// <summary>Reads bytes of the file from a position on, without the tail.</summary>
    /// <returns>False, with the buffer in any state, where there are not so many.</returns>
    public bool TryReadAt(long position, Span<byte> buffer)
    {
        if (position < 0 || position > _innerLength - buffer.Length)
        {
            return false;
        }

        Position = position;
        return Read(buffer) == buffer.Length;
    }

    /// <summary>Throws where reading came to an early end.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void ThrowIfStopped()
    {
        _failure?.Throw();
        _cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    /// <remarks>Fills the buffer unless the end comes first: decoders take less for the end.</remarks>
    public override int Read(Span<byte> buffer)
    {
        var total = 0;
        while (total < buffer.Length && Position < Length && _failure is null && !_cancellationToken.IsCancellationRequested)
        {
            var rest = buffer[total..];
            var count = Position < _innerLength ? ReadInner(rest) : ReadTail(rest);
            if (count == 0)
            {
                break;
            }

            Position += count;
            total += count;
        }

        return total;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // Bytes from the current position to the end; null where that is not known. Devices say that they can be positioned and have no length.
    private static long? RestOf(Stream stream) =>
        stream.CanSeek && stream.Length > stream.Position ? stream.Length - stream.Position : null;

    private static ImageFormat Recognize(ReadOnlySpan<byte> start, long? length, string source)
    {
        var known = length ?? (start.Length < ImageFormats.StartLength ? start.Length : null);
        return ImageFormats.Detect(start) ?? throw new InvalidDataException(
            $"{source}: expected an image ({ImageFormats.Names}), found {ForeignFormats.Describe(start, known)}.");
    }

    private static void ThrowIfTooLong(long length, long maximumLength, string source, bool isWhole = true)
    {
        if (length > maximumLength)
        {
            throw new InvalidDataException(
                $"{source}: expected an image file of at most {maximumLength} bytes (8 for each pixel of {nameof(ImageLoadOptions)}."
                + $"{nameof(ImageLoadOptions.MaximumPixels)} and 64 MiB), found {(isWhole ? $"{length}" : "more")}.");
        }
    }

    private int ReadInner(Span<byte> buffer)
    {
        try
        {
            if (_inner.Position != _origin + Position)
            {
                _inner.Position = _origin + Position;
            }

            return _inner.Read(buffer[..(int)Math.Min(buffer.Length, _innerLength - Position)]);
        }
        catch (Exception e)
        {
            // Whatever it is: see the remarks. It is thrown again on this side of the native code.
            _failure = ExceptionDispatchInfo.Capture(e);
            return 0;
        }
    }

    private int ReadTail(Span<byte> buffer)
    {
        var rest = _tail.AsSpan((int)(Position - _innerLength));
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        return count;
    }
}
