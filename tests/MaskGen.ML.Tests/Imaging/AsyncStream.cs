namespace MaskGen.ML.Tests.Imaging;

/// <summary>The body of a web request: it cannot be positioned, refuses synchronous reads, and gives a few bytes at a time.</summary>
internal sealed class AsyncStream(byte[] bytes, int portion, bool endless = false, Action? beforeRead = null) : Stream
{
    private int _at;

    public long BytesRead { get; private set; }

    public bool IsDisposed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        beforeRead?.Invoke();
        cancellationToken.ThrowIfCancellationRequested();
        var length = Math.Min(Math.Min(buffer.Length, portion), bytes.Length - _at);
        if (length == 0 && endless)
        {
            length = buffer.Length;
            buffer.Span.Clear();
        }

        if (length <= bytes.Length - _at)
        {
            bytes.AsSpan(_at, length).CopyTo(buffer.Span);
            _at += length;
        }

        BytesRead += length;
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new InvalidOperationException("Synchronous operations are disallowed.");

    public override void Flush() => throw new InvalidOperationException("Synchronous operations are disallowed.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
