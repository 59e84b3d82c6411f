namespace MaskGen.ML.Files;

/// <summary>Passes bytes on to another stream and replaces its errors, so that they are told apart from errors of whatever else the writer
/// of the bytes does.</summary>
internal sealed class NamedErrorStream(Stream inner, Func<Exception, IOException> name) : WriteOnlyStream
{
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
}
