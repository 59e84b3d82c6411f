using System.Collections.Concurrent;
using System.Threading.Channels;

namespace MaskGen.ML.Web;

/// <summary>Tells everybody who listens which images have changed.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ImageEvents
{
    // Who does not read for so many changes has missed some.
    private const int Kept = 256;

    private readonly ConcurrentDictionary<Channel<ServedImage>, bool> _listeners = [];

    /// <summary>An image has another state, or other annotations.</summary>
    public void Changed(ServedImage image)
    {
        foreach (var (listener, _) in _listeners)
        {
            listener.Writer.TryWrite(image);
        }
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="changes">The images, as they change; the oldest are left out for who does not read.</param>
    /// <returns>Disposed to end it.</returns>
    public IDisposable Listen(out ChannelReader<ServedImage> changes)
    {
        var channel = Channel.CreateBounded<ServedImage>(
            new BoundedChannelOptions(Kept) { FullMode = BoundedChannelFullMode.DropOldest });
        _listeners[channel] = true;
        changes = channel.Reader;
        return new EventListener(this, channel);
    }

    private sealed class EventListener(ImageEvents events, Channel<ServedImage> channel) : IDisposable
    {
        public void Dispose() => events._listeners.TryRemove(channel, out _);
    }
}
