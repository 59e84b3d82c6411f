namespace MaskGen.ML.Inference;

/// <summary>A caller's hold on a prepared image.</summary>
internal sealed class PreparedImageHandle<TImage>(TImage prepared) : IPreparedImage
    where TImage : class, ICountedImage
{
    private int _isDisposed;

    public EncodedImage Image => prepared.Image;

    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    public TImage Prepared
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
            return prepared;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            prepared.Release();
        }
    }
}
