using System.Collections.Concurrent;

namespace MaskGen.ML.Web;

/// <summary>Images as clients see them, and what clients wish of them.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ImageItems(ImageCatalog catalog, AnnotationStore store)
{
    private readonly ConcurrentDictionary<(string User, string Image), CancellationTokenSource> _wishes = [];

    /// <summary>An image, with its size if that is known.</summary>
    public ImageItem Of(ServedImage image) => Item(image, image.KnownSize);

    /// <summary>An image with its size.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no image, or too large.</exception>
    public ImageItem Known(ServedImage image) => Item(image, image.Size(catalog.Limits));

    /// <summary>Notes that a user wants an image encoded.</summary>
    /// <returns>Its token is cancelled when the user withdraws, or one of the tokens is.</returns>
    public EncodingWish Wish(string user, ServedImage image, CancellationToken first, CancellationToken second)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(first, second);
        _wishes[(user, image.Id)] = source;
        return new EncodingWish(source, () => _wishes.TryRemove(
            new KeyValuePair<(string, string), CancellationTokenSource>((user, image.Id), source)));
    }

    /// <summary>Withdraws what a user wanted.</summary>
    public void Withdraw(string user, ServedImage image)
    {
        if (_wishes.TryRemove((user, image.Id), out var wish))
        {
            try
            {
                wish.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just been fulfilled.
            }
        }
    }

    private ImageItem Item(ServedImage image, ImageSize? size)
    {
        ImageSize? paint = size is { } known ? PaintImages.SizeOf(known) : null;
        var summary = store.Summarize(image);
        return new ImageItem(
            image.Id, image.Name, size?.Width, size?.Height, paint?.Width, paint?.Height, summary.State, image.State, summary.Objects,
            summary.Tag, image.IsUpload, image.Problem);
    }

    /// <summary>A wish. Disposed when it is fulfilled or withdrawn.</summary>
    internal sealed class EncodingWish(CancellationTokenSource source, Action end) : IDisposable
    {
        public CancellationToken Token => source.Token;

        public void Dispose()
        {
            end();
            source.Dispose();
        }
    }
}
