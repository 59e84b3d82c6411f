namespace MaskGen.ML.Files;

/// <summary>Passes bytes on to another stream and replaces its errors, so that they are told apart from errors of whatever else the writer
/// of the bytes does.</summary>
internal sealed class NamedErrorStream(Stream inner, Func<Exception, IOException> name) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception e) when (IsOfTheFile(e))
        {
            throw name(e);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override void Flush()
    {
        try
        {
            inner.Flush();
        }
        catch (Exception e) when (IsOfTheFile(e))
        {
            throw name(e);
        }
    }

    // A stream whose handle was closed under it says that it does not support writing.
    private static bool IsOfTheFile(Exception e) =>
        e is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
