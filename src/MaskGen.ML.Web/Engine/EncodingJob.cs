namespace MaskGen.ML.Web;

/// <summary>An image that is to be encoded. Everything that changes does so under the lock of the <see cref="EmbeddingQueue"/>.</summary>
/// <param name="image">The image.</param>
/// <param name="version">The version of its file that was wanted.</param>
internal sealed class EncodingJob(ServedImage image, FileVersion version)
{
    public ServedImage Image => image;

    public FileVersion Version => version;

    /// <summary>How many wait for it; 0 for a neighbour that is read ahead.</summary>
    public int Wishes { get; set; }

    /// <summary>Its place in a list of the queue; null while it runs.</summary>
    public LinkedListNode<EncodingJob>? Place { get; set; }

    /// <summary>Told of each new state, and of the place in the queue, from 1.</summary>
    public Action<EncodingState, int>? Listeners { get; set; }

    /// <summary>Ends the encoding; another one once it is queued again.</summary>
    public CancellationTokenSource Cancellation { get; set; } = new();

    /// <summary>The embedding and where it came from.</summary>
    public TaskCompletionSource<(EncodedImage Image, string From)> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
