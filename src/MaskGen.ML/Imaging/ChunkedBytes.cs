namespace MaskGen.ML.Imaging;

/// <summary>Bytes in pieces of one length, so that growing copies nothing. Not safe for concurrent use.</summary>
internal sealed class ChunkedBytes : Stream
{
    private const int ChunkLength = 1 << 20;
    private readonly List<byte[]> _chunks = [];
    private long _length;

    /// <param name="start">At most 1 MiB.</param>
    public ChunkedBytes(ReadOnlyMemory<byte> start)
    {
        _chunks.Add(new byte[ChunkLength]);
        start.CopyTo(_chunks[0]);
        _length = start.Length;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position { get; set; }

    /// <summary>Takes what one read of a stream gives; false at its end.</summary>
    public bool Append(Stream stream) => Grow(stream.Read(Free().Span));

    /// <summary>Takes what one asynchronous read of a stream gives; false at its end.</summary>
    public async ValueTask<bool> AppendAsync(Stream stream, CancellationToken cancellationToken) =>
        Grow(await stream.ReadAsync(Free(), cancellationToken).ConfigureAwait(false));

    public override int Read(Span<byte> buffer)
    {
        var (chunk, at) = Math.DivRem(Position, ChunkLength);
        var count = (int)Math.Min(Math.Min(buffer.Length, ChunkLength - at), _length - Position);
        if (count <= 0)
        {
            return 0;
        }

        _chunks[(int)chunk].AsSpan((int)at, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private Memory<byte> Free()
    {
        var used = (int)(_length % ChunkLength);
        if (used == 0 && _length > 0)
        {
            _chunks.Add(new byte[ChunkLength]);
        }

        return _chunks[^1].AsMemory(used);
    }

    private bool Grow(int count)
    {
        _length += count;
        return count > 0;
    }
}
