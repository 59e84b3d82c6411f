namespace MaskGen.ML.Inference;

/// <summary>The image that a decoder has prepared last, held so that prompting it again costs nothing before the first prompt.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class LastPreparedImage<TImage>
    where TImage : class, ICountedImage
{
    private readonly object _gate = new();
    private TImage? _last;

    /// <summary>A hold on the image prepared last if it is this one; otherwise lets go of it, so that its memory serves the next.</summary>
    public TImage? Take(EncodedImage image)
    {
        lock (_gate)
        {
            if (_last?.Image == image)
            {
                _last.Hold();
                return _last;
            }

            _last?.Release();
            _last = null;
            return null;
        }
    }

    /// <summary>Keeps an image, whose hold this takes over, instead of the one before; null for none.</summary>
    public void Keep(TImage? prepared)
    {
        lock (_gate)
        {
            _last?.Release();
            _last = prepared;
        }
    }
}
