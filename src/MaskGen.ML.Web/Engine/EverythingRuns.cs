using System.Collections.Concurrent;

namespace MaskGen.ML.Web;

/// <summary>Segments everything in images: one image at a time, each user one.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class EverythingRuns(EmbeddingQueue embeddings, ServedModel model)
{
    private readonly WorkGate _gate = new(1);
    private readonly ConcurrentDictionary<(string User, string Image), CancellationTokenSource> _runs = [];

    /// <summary>Segments everything in an image; an earlier run of the same user on it is cancelled.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="image">The image.</param>
    /// <param name="options">Points and thresholds.</param>
    /// <param name="queued">Called when others are before it, with their number.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, by the token or by <see cref="Cancel"/>.</exception>
    public async Task<MaskSet> RunAsync(
        string user,
        ServedImage image,
        AutomaticMaskGenerationOptions options,
        Action<int> queued,
        IProgress<MaskGenerationProgress> progress,
        CancellationToken cancellationToken)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var key = (user, image.Id);
        _runs.AddOrUpdate(key, cancellation, (_, before) =>
        {
            TryCancel(before);
            return cancellation;
        });
        try
        {
            queued(_gate.Waiting + 1);
            var (embedding, _) = await embeddings.GetAsync(image, report: null, cancellation.Token).ConfigureAwait(false);
            var parts = await model.GetAsync(cancellation.Token).ConfigureAwait(false);
            using var pass = await _gate.EnterAsync(isHigh: true, cancellation.Token).ConfigureAwait(false);

            // Not a thread of the pool, which answers clicks meanwhile.
            return await Task.Factory.StartNew(
                () => parts.Generator(options).Generate(embedding, progress, cancellation.Token),
                cancellation.Token,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            _runs.TryRemove(new KeyValuePair<(string, string), CancellationTokenSource>(key, cancellation));
        }
    }

    /// <summary>Cancels the run of a user on an image, if there is one.</summary>
    public void Cancel(string user, ServedImage image)
    {
        if (_runs.TryGetValue((user, image.Id), out var run))
        {
            TryCancel(run);
        }
    }

    private static void TryCancel(CancellationTokenSource run)
    {
        try
        {
            run.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }
}
