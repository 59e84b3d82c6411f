using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>Encodes images: one at a time, those that somebody waits for before the neighbours of what was opened, and none that nobody
/// wants any more.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class EmbeddingQueue : IDisposable
{
    // Neighbours that wait for their turn, of all users together; the oldest give way.
    private const int MostAhead = 6;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Id, FileVersion Version), EncodingJob> _jobs = [];
    private readonly LinkedList<EncodingJob> _wanted = [];
    private readonly LinkedList<EncodingJob> _ahead = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly ImageCatalog _catalog;
    private readonly EmbeddingCache _cache;
    private readonly CachedImageEncoder _images;
    private readonly ImageEvents _events;
    private readonly ILogger<EmbeddingQueue> _logger;
    private EncodingJob? _running;

    public EmbeddingQueue(
        ImageCatalog catalog, EmbeddingCache cache, CachedImageEncoder images, ImageEvents events, ILogger<EmbeddingQueue> logger) =>
        (_catalog, _cache, _images, _events, _logger) = (catalog, cache, images, events, logger);

    /// <summary>The embedding of an image if it is in memory; null otherwise.</summary>
    /// <exception cref="IOException">The image is gone.</exception>
    public EncodedImage? Peek(ServedImage image) =>
        image.State == EncodingState.Ready ? _cache.Peek(image.Sha256()) : null;

    /// <summary>The embedding of an image, which is encoded if need be.</summary>
    /// <param name="image">The image.</param>
    /// <param name="report">Told how far it is; null for nobody. Called by any thread.</param>
    /// <param name="cancellationToken">Withdraws the wish.</param>
    /// <returns>The embedding, and where it came from: <c>memory</c>, <c>disk</c> or <c>model</c>.</returns>
    /// <exception cref="IOException">The image cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no image, damaged, or too large.</exception>
    public async Task<(EncodedImage Image, string From)> GetAsync(
        ServedImage image, Action<EncodingState, int>? report, CancellationToken cancellationToken)
    {
        if (Peek(image) is { } found)
        {
            _cache.CountHit();
            return (found, "memory");
        }

        var version = FileVersion.Of(image.File());
        EncodingJob job;
        lock (_lock)
        {
            if (!_jobs.TryGetValue((image.Id, version), out job!))
            {
                job = new EncodingJob(image, version);
                _jobs[(image.Id, version)] = job;
            }

            job.Wishes++;
            if (report is not null)
            {
                job.Listeners += report;
            }

            if (job.Place?.List == _ahead)
            {
                _ahead.Remove(job.Place);
                job.Place = null;
            }

            if (job.Place is null && job != _running)
            {
                job.Place = _wanted.AddLast(job);
                SetState(job, EncodingState.Queued);
            }

            // A neighbour that nobody waits for gives way, and comes again.
            if (_running is { Wishes: 0 } ahead && ahead != job)
            {
                ahead.Cancellation.Cancel();
            }

            var position = _wanted.TakeWhile(one => one != job).Count() + (_running is null || _running == job ? 0 : 1);
            report?.Invoke(job == _running ? EncodingState.Encoding : EncodingState.Queued, position + 1);
            RunNext();
        }

        try
        {
            return await job.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Withdraw(job, report);
        }
    }

    /// <summary>Encodes the neighbours of an image when nothing else is to be done.</summary>
    public void ReadAhead(ServedImage image)
    {
        lock (_lock)
        {
            foreach (var neighbour in _catalog.Neighbours(image).Where(one => one.State is EncodingState.None))
            {
                if (TryVersion(neighbour) is { } version && !_jobs.ContainsKey((neighbour.Id, version)))
                {
                    var job = new EncodingJob(neighbour, version);
                    _jobs[(neighbour.Id, version)] = job;
                    job.Place = _ahead.AddLast(job);
                }
            }

            while (_ahead.Count > MostAhead)
            {
                Drop(_ahead.First!.Value);
            }

            RunNext();
        }
    }

    public void Dispose() => _ending.Cancel();

    private static FileVersion? TryVersion(ServedImage image)
    {
        try
        {
            return FileVersion.Of(image.File());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Withdraw(EncodingJob job, Action<EncodingState, int>? report)
    {
        lock (_lock)
        {
            job.Wishes--;
            if (report is not null)
            {
                job.Listeners -= report;
            }

            if (job.Wishes > 0 || job.Done.Task.IsCompleted)
            {
                return;
            }

            if (job == _running)
            {
                job.Cancellation.Cancel();
            }
            else
            {
                Drop(job);
            }
        }
    }

    // Under the lock.
    private void Drop(EncodingJob job)
    {
        job.Place?.List?.Remove(job.Place);
        job.Place = null;
        _jobs.Remove((job.Image.Id, job.Version));
        SetState(job, EncodingState.None);
        job.Done.TrySetCanceled();
    }

    // Under the lock.
    private void RunNext()
    {
        if (_running is not null || _ending.IsCancellationRequested || (_wanted.First ?? _ahead.First) is not { } first)
        {
            return;
        }

        first.List!.Remove(first);
        _running = first.Value;
        _running.Place = null;
        _ = Task.Run(() => RunAsync(first.Value));
    }

    private async Task RunAsync(EncodingJob job)
    {
        var (image, from) = ((EncodedImage?)null, string.Empty);
        Exception? problem = null;
        try
        {
            SetState(job, EncodingState.Encoding);
            (image, from) = await EncodeAsync(job).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            problem = e;
        }

        lock (_lock)
        {
            _running = null;

            // Cancelled because it was a neighbour, and wanted by somebody since.
            if (problem is OperationCanceledException && job.Wishes > 0 && !_ending.IsCancellationRequested)
            {
                job.Cancellation = new CancellationTokenSource();
                job.Place = _wanted.AddFirst(job);
                SetState(job, EncodingState.Queued);
            }
            else
            {
                _jobs.Remove((job.Image.Id, job.Version));
                Complete(job, image, from, problem);
            }

            RunNext();
        }
    }

    private void Complete(EncodingJob job, EncodedImage? image, string from, Exception? problem)
    {
        if (image is not null)
        {
            job.Image.Problem = null;
            SetState(job, EncodingState.Ready);
            job.Done.TrySetResult((image, from));
        }
        else if (problem is OperationCanceledException)
        {
            SetState(job, EncodingState.None);
            job.Done.TrySetCanceled();
        }
        else
        {
            var told = WebProblem.Of(problem!);
            job.Image.Problem = told.Message;
            _logger.EncodingFailed(job.Image.Name, problem!.Message);
            SetState(job, EncodingState.Failed);
            job.Done.TrySetException(problem);

            // Nobody may be waiting.
            _ = job.Done.Task.Exception;
        }
    }

    private async Task<(EncodedImage Image, string From)> EncodeAsync(EncodingJob job)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(job.Cancellation.Token, _ending.Token);
        return await _images.EncodeAsync(job.Image, isUrgent: job.Wishes > 0, cancellation.Token).ConfigureAwait(false);
    }

    private void SetState(EncodingJob job, EncodingState state)
    {
        job.Image.State = state;
        job.Listeners?.Invoke(state, 1);
        _events.Changed(job.Image);
    }
}
