namespace MaskGen.ML.Runs;

/// <summary>An item of a store as a stream that can be moved in: only what is asked for is read, a block at a time.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class StoredItemStream(MaskRunStore store, StoredItem item) : Stream
{
    // What a call to S3 should bring at least: the columns of a Parquet file that are asked for lie near each other and are small.
    private const int BlockLength = 1 << 18;

    private byte[] _block = [];
    private long _blockStart;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => item.Length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _position >= item.Length)
        {
            return 0;
        }

        if (_position < _blockStart || _position >= _blockStart + _block.Length)
        {
            var length = (int)Math.Min(Math.Max(buffer.Length, BlockLength), item.Length - _position);
            _block = await store.ReadAsync(item.Name, _position, length, cancellationToken).ConfigureAwait(false);
            _blockStart = _position;
            if (_block.Length < length)
            {
                throw new EndOfStreamException(
                    $"{store.Address}/{item.Name}: expected {item.Length} bytes, found {_position + _block.Length}.");
            }
        }

        var start = (int)(_position - _blockStart);
        var count = Math.Min(buffer.Length, _block.Length - start);
        _block.AsMemory(start, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // For readers that know no other; nothing here needs the thread that waits.
    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => item.Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
