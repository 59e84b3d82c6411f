using MaskGen.ML.Inference;

namespace MaskGen.ML.Web;

/// <summary>What all prompts on an image share, of the images that were clicked on last: several users on several images do not compute it
/// anew with each click.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class PreparedImages : IDisposable
{
    // Each takes some ten megabytes.
    private const int Most = 6;

    private readonly ByteLimitedCache<EncodedImage, SharedPreparation> _images = new(Most, shared => shared.Release());

    /// <summary>A prepared image.</summary>
    /// <returns>Disposed by the caller; the image lives on as long as anybody uses it.</returns>
    public PreparedUse Get(EncodedImage image, Sam2PromptDecoder decoder, CancellationToken cancellationToken)
    {
        if (_images.TryGet(image, out var known, shared => shared.Add()))
        {
            return new PreparedUse(known);
        }

        var made = new SharedPreparation(decoder.Hold(image, cancellationToken));
        made.Add();
        _images.Set(image, made, 1);
        return new PreparedUse(made);
    }

    public void Dispose() => _images.Clear();

    /// <summary>A prepared image that several use.</summary>
    internal sealed class SharedPreparation(IPreparedImage image)
    {
        // The cache is one of them.
        private int _users = 1;

        public IPreparedImage Image => image;

        public void Add() => Interlocked.Increment(ref _users);

        public void Release()
        {
            if (Interlocked.Decrement(ref _users) == 0)
            {
                image.Dispose();
            }
        }
    }

    /// <summary>The use of a prepared image. Disposed once.</summary>
    internal readonly struct PreparedUse(SharedPreparation shared) : IDisposable
    {
        public IPreparedImage Image => shared.Image;

        public void Dispose() => shared.Release();
    }
}
