namespace MaskGen.ML.Tests.Imaging;

/// <summary>A stream as a network gives it: it cannot be positioned, has no length, and gives a few bytes at a time.</summary>
internal sealed class Trickle(byte[] bytes, int portion, Action<int>? beforeRead = null, bool endless = false) : Stream
{
    private int _at;

    public long BytesRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        beforeRead?.Invoke(_at);
        var length = Math.Min(Math.Min(count, portion), bytes.Length - _at);
        if (length == 0 && endless)
        {
            length = count;
            Array.Clear(buffer, offset, count);
        }
        else
        {
            bytes.AsSpan(_at, length).CopyTo(buffer.AsSpan(offset));
            _at += length;
        }

        BytesRead += length;
        return length;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
