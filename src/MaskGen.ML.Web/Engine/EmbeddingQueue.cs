using System.Diagnostics;
using MaskGen.ML.Inference;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>Encodes images: one at a time, those that somebody waits for before the neighbours of what was opened, and none that nobody
/// wants any more. What was encoded is kept in memory up to a number of bytes, and on disk where that is wanted.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class EmbeddingQueue : IDisposable
{
    // Neighbours that wait for their turn, of all users together; the oldest give way.
    private const int MostAhead = 6;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Id, FileVersion Version), EncodingJob> _jobs = [];
    private readonly LinkedList<EncodingJob> _wanted = [];
    private readonly LinkedList<EncodingJob> _ahead = [];
    private readonly ByteLimitedCache<string, EncodedImage> _memory;
    private readonly EmbeddingFolder? _disk;
    private readonly ImageCatalog _catalog;
    private readonly PixelSource _pixels;
    private readonly ServedModel _model;
    private readonly ImageEvents _events;
    private readonly WebMeter _meter;
    private readonly ILogger<EmbeddingQueue> _logger;
    private readonly CancellationTokenSource _ending = new();

    // Images that other programs send come beside those of the catalog.
    private readonly WorkGate _encoder = new(1);
    private EncodingJob? _running;

    public EmbeddingQueue(
        MaskGenWebOptions options,
        ImageCatalog catalog,
        PixelSource pixels,
        ServedModel model,
        ImageEvents events,
        WebMeter meter,
        ILogger<EmbeddingQueue> logger)
    {
        (_catalog, _pixels, _model, _events, _meter, _logger) = (catalog, pixels, model, events, meter, logger);
        _memory = new ByteLimitedCache<string, EncodedImage>(options.EmbeddingBytes);
        _disk = options.CacheFolder is { } folder ? new EmbeddingFolder(folder, options.CacheBytes) : null;
        meter.Watch(() => _memory.Bytes);
    }

    /// <summary>Bytes of embeddings in memory.</summary>
    public long Bytes => _memory.Bytes;

    /// <summary>The embedding of an image if it is in memory; null otherwise.</summary>
    /// <exception cref="IOException">The image is gone.</exception>
    public EncodedImage? Peek(ServedImage image) =>
        image.State == EncodingState.Ready && _memory.TryGet(image.Sha256(), out var found) ? found : null;

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
            _meter.CacheHits.Add(1);
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

    /// <summary>The embedding of an image that is not of the catalog.</summary>
    /// <param name="sha256">Hash of its file.</param>
    /// <param name="load">Decodes it.</param>
    /// <param name="cancellationToken">Withdraws the wish.</param>
    public async Task<EncodedImage> GetAsync(string sha256, Func<RgbImage> load, CancellationToken cancellationToken)
    {
        if (_memory.TryGet(sha256, out var known))
        {
            _meter.CacheHits.Add(1);
            return known;
        }

        var model = await _model.GetAsync(cancellationToken).ConfigureAwait(false);
        using var pass = await _encoder.EnterAsync(isHigh: true, cancellationToken).ConfigureAwait(false);
        if (_memory.TryGet(sha256, out known))
        {
            return known;
        }

        var image = await Task.Run(() => model.Encoder.Encode(load(), cancellationToken), cancellationToken).ConfigureAwait(false);
        _memory.Set(sha256, image, EmbeddingFolder.BytesOf(image));
        return image;
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

    public void Dispose()
    {
        _ending.Cancel();
        _memory.Clear();
    }

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
        var token = cancellation.Token;
        var sha256 = job.Image.Sha256();
        if (_memory.TryGet(sha256, out var known))
        {
            _meter.CacheHits.Add(1);
            return (known, "memory");
        }

        var model = await _model.GetAsync(token).ConfigureAwait(false);
        if (_disk?.TryLoad(sha256, model.Fingerprint) is { } kept)
        {
            // The size comes with the header, and decides frames.
            job.Image.Size(_catalog.Limits);
            _memory.Set(sha256, kept, EmbeddingFolder.BytesOf(kept));
            _meter.CacheHits.Add(1);
            return (kept, "disk");
        }

        job.Image.Size(_catalog.Limits);
        var pixels = await _pixels.GetAsync(job.Image, isUrgent: job.Wishes > 0, token).ConfigureAwait(false);
        using var pass = await _encoder.EnterAsync(isHigh: true, token).ConfigureAwait(false);
        var watch = Stopwatch.StartNew();
        var image = model.Encoder.Encode(pixels, token);
        _meter.EncodeTime.Record(watch.Elapsed.TotalMilliseconds);
        _logger.Encoded(job.Image.Name, watch.Elapsed.TotalMilliseconds);
        _memory.Set(sha256, image, EmbeddingFolder.BytesOf(image));
        Keep(job.Image, sha256, image);
        return (image, "model");
    }

    private void Keep(ServedImage image, string sha256, EncodedImage embedding)
    {
        if (_disk is not { } disk)
        {
            return;
        }

        // Nobody waits for the disk.
        _ = Task.Run(() =>
        {
            try
            {
                if (!disk.TrySave(sha256, embedding))
                {
                    _logger.NotKept(image.Name, "the cache is full of embeddings of this run");
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _logger.NotKept(image.Name, e.Message);
            }
        });
    }

    private void SetState(EncodingJob job, EncodingState state)
    {
        job.Image.State = state;
        job.Listeners?.Invoke(state, 1);
        _events.Changed(job.Image);
    }

    private sealed class EncodingJob(ServedImage image, FileVersion version)
    {
        public ServedImage Image => image;

        public FileVersion Version => version;

        public int Wishes { get; set; }

        public LinkedListNode<EncodingJob>? Place { get; set; }

        public Action<EncodingState, int>? Listeners { get; set; }

        public CancellationTokenSource Cancellation { get; set; } = new();

        public TaskCompletionSource<(EncodedImage, string)> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
