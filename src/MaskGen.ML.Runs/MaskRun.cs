using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML;

namespace MaskGen.ML.Runs;

/// <summary>A pipeline over many images, in shards that any number of processes on any number of machines work at.</summary>
/// <remarks>
/// <para>The plan (images, shards, pipeline) is made once and never changes. The only result of a shard is one Parquet file, which appears
/// when it is complete and is never replaced. So shards may be given to workers twice, late or in any order, and workers may die at any
/// moment: in the end every image is in exactly one file. Which worker does what is the business of whoever starts them: Slurm, Kubernetes,
/// a batch service, a loop.</para>
/// <para>Safe for concurrent use; shards of one object are worked at one after the other, since one uses all cores.</para>
/// </remarks>
public sealed class MaskRun : IDisposable
{
    private readonly MaskRunOptions _options;
    private readonly RunPlan _plan;
    private readonly RunProgress _progress;
    private readonly SemaphoreSlim _working = new(1);
    private readonly SemaphoreSlim _looking = new(1);
    private readonly ShardWork _work;
    private readonly LoadedPipeline _pipeline;
    private volatile bool _isDisposed;
    private bool _isSwept;

    private MaskRun(MaskRunStore store, RunPlan plan, MaskRunOptions options)
    {
        Store = store;
        _plan = plan;
        _options = options;
        _progress = new RunProgress(store, plan);
        _pipeline = new LoadedPipeline(store, plan.Manifest, options);
        _work = new ShardWork(
            store,
            plan,
            new ImageFetcher(plan.Manifest.ImageSources(), store.S3),
            WorkerProcess.Current(options.Worker),
            options.Logger ?? NullLogger.Instance);
    }

    /// <summary>Where it is kept.</summary>
    public MaskRunStore Store { get; }

    /// <summary>64 hexadecimal digits that are the same for the same images, pipeline and library.</summary>
    public string Id => _plan.Manifest.Id;

    /// <summary>Number of images.</summary>
    public long ImageCount => _plan.Manifest.Images;

    /// <summary>Number of shards.</summary>
    public int ShardCount => _plan.Manifest.Shards;

    /// <summary>Images of each shard, the last one excepted.</summary>
    public int ShardImages => _plan.Manifest.ShardImages;

    /// <summary>The shards that were not done when it was last asked for its status.</summary>
    internal IReadOnlyList<int> MissingShards => _progress.Missing(ShardCount);

    /// <summary>Plans a run: lists the images, saves the pipeline, decides on shards. Computes nothing but a few images, to measure
    /// them.</summary>
    /// <param name="ml">The context of the pipeline.</param>
    /// <param name="model">The pipeline: takes the bytes of an image file in the column <c>Image</c>, or <c>MLImage</c>, and gives one row
    /// with masks for each.</param>
    /// <param name="images">Folders, <c>s3://bucket/prefix</c>, patterns of both (<c>photos/**/*.jpg</c>), tar archives, single images,
    /// and lists of images (<c>.txt</c>, a path or address a line).</param>
    /// <param name="store">Where the run is kept. Where there is one of the same images and pipeline, that is opened: creating can be
    /// repeated.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it early; what is left is no run, and creating it again completes it.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, the pipeline cannot be used so, or one of
    /// <paramref name="images"/> is nothing that has images.</exception>
    /// <exception cref="MaskRunMismatchException">There is another run in the store.</exception>
    /// <exception cref="NotSupportedException">The store replaces what has a name.</exception>
    /// <exception cref="InvalidDataException">There are no images, or two of them would be called the same.</exception>
    /// <exception cref="IOException">Storage cannot be read or written.</exception>
    public static async Task<MaskRun> CreateAsync(
        MLContext ml,
        ITransformer model,
        IReadOnlyList<string> images,
        MaskRunStore store,
        MaskRunOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(store);
        options ??= new MaskRunOptions();
        options.Validate();
        var plan = await new PlanMaker(store, options).MakeAsync(ml, model, images, cancellationToken).ConfigureAwait(false);
        return new MaskRun(store, plan, options);
    }

    /// <summary>Opens a run.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="FileNotFoundException">There is no run.</exception>
    /// <exception cref="MaskRunMismatchException">It was made by a version of another schema, or was changed since.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="IOException">Storage cannot be read.</exception>
    public static async Task<MaskRun> OpenAsync(
        MaskRunStore store, MaskRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        options ??= new MaskRunOptions();
        options.Validate();
        return new MaskRun(store, await RunPlan.ReadAsync(store, cancellationToken).ConfigureAwait(false), options);
    }

    /// <summary>Does a shard, unless it is done.</summary>
    /// <param name="shard">The shard, from 0.</param>
    /// <param name="cancellationToken">Ends it within a batch of points of an image. Nothing of the shard is kept then, and it does not
    /// count as an attempt that died.</param>
    /// <returns>What came of it. Images that fail are no failure of the shard: they have a row with an error.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    /// <exception cref="MaskRunMismatchException">Pipeline, plan or library are others than those that the run was created with; nothing
    /// was computed.</exception>
    /// <exception cref="IOException">Storage cannot be read or written, or is full; worth another attempt.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">This was disposed before.</exception>
    public async Task<MaskShardResult> WorkAsync(int shard, CancellationToken cancellationToken = default)
    {
        if (shard < 0 || shard >= ShardCount)
        {
            throw new ArgumentOutOfRangeException(nameof(shard), shard, $"Expected a shard from 0 to {ShardCount - 1}.");
        }

        ThrowIfOtherLibrary();
        return await AloneAsync(() => RunAsync(shard, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets the attempts that have died at a shard, so that one that was given up is tried again.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    /// <exception cref="IOException">Storage cannot be written.</exception>
    public Task ForgetAttemptsAsync(int shard, CancellationToken cancellationToken = default) => shard >= 0 && shard < ShardCount
        ? new ShardAttempts(Store, shard, WorkerProcess.Current(_options.Worker)).ForgetAsync(cancellationToken)
        : throw new ArgumentOutOfRangeException(nameof(shard), shard, $"Expected a shard from 0 to {ShardCount - 1}.");

    /// <summary>Says how far the run is.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="MaskRunMismatchException">There is a Parquet file of another run.</exception>
    /// <exception cref="InvalidDataException">There is a file that is none of this library's.</exception>
    /// <exception cref="IOException">Storage cannot be read.</exception>
    public async Task<MaskRunStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        await _looking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _progress.LookAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <summary>Checks that everything is there and writes <c>_SUCCESS</c>, which others wait for.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>What is there; <see cref="MaskRunStatus.IsFinished"/> is false, and nothing was written, where shards are
    /// missing.</returns>
    /// <exception cref="MaskRunMismatchException">There is a Parquet file of another run, or one that lacks images.</exception>
    /// <exception cref="IOException">Storage cannot be read or written.</exception>
    public async Task<MaskRunStatus> FinishAsync(CancellationToken cancellationToken = default)
    {
        var status = await GetStatusAsync(cancellationToken).ConfigureAwait(false);
        if (!status.IsComplete)
        {
            return status with { IsFinished = false };
        }

        var end = new RunEnd(
            status.Id, status.DoneShardCount, status.DoneImageCount, status.FailedImageCount, status.MaskCount, status.RowCount);
        await Store.WriteAsync(RunNames.Success, RunJson.Write(end), cancellationToken).ConfigureAwait(false);
        Store.Sweep();
        return status with { IsFinished = true };
    }

    /// <summary>Makes a run of the images that failed in this one, and of those in shards that were given up, with the same
    /// pipeline.</summary>
    /// <param name="store">Where the new run is kept.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The new run; null where no image has failed. An image that was changed after this run was created is taken as it is
    /// now.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    /// <exception cref="MaskRunMismatchException">There is another run in <paramref name="store"/>.</exception>
    /// <exception cref="NotSupportedException">The store replaces what has a name.</exception>
    /// <exception cref="IOException">Storage cannot be read or written.</exception>
    public async Task<MaskRun?> RetryAsync(MaskRunStore store, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var status = await GetStatusAsync(cancellationToken).ConfigureAwait(false);
        if (status.FailedImageCount == 0 && status.GivenUpShards.Count == 0)
        {
            return null;
        }

        var failed = FailedAsync(status, cancellationToken);
        var plan = await new PlanMaker(store, _options).MakeOfAsync(Store, _plan.Manifest, failed, cancellationToken).ConfigureAwait(false);
        return new MaskRun(store, plan, _options);
    }

    /// <summary>The shards of one of several parts of a run: those whose number is <paramref name="part"/> modulo
    /// <paramref name="count"/>.</summary>
    /// <param name="part">The part, from 0.</param>
    /// <param name="count">Number of parts.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1, or there is no such part.</exception>
    public IEnumerable<int> ShardsOfPart(int part, int count)
    {
        if (count < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "Expected 1 part or more.");
        }

        if (part < 0 || part >= count)
        {
            throw new ArgumentOutOfRangeException(nameof(part), part, $"Expected a part from 0 to {count - 1}.");
        }

        return Enumerable.Range(0, ShardCount).Where(shard => shard % count == part);
    }

    /// <summary>Frees the pipeline, after the shard that is being done, if one is. What is in the store stays.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        FreeIfDisposed();
    }

    /// <summary>Loads the pipeline, so that a worker that does not fit, or cannot compute, takes no shard.</summary>
    /// <exception cref="MaskRunMismatchException">Pipeline, plan or library are others than those that the run was created
    /// with.</exception>
    /// <exception cref="IOException">The pipeline cannot be read.</exception>
    internal async Task PrepareAsync(CancellationToken cancellationToken)
    {
        ThrowIfOtherLibrary();
        await AloneAsync(() => _pipeline.GetAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Throws where the run was created by another version, or was changed; without asking the store.</summary>
    /// <exception cref="MaskRunMismatchException">It was.</exception>
    internal void ThrowIfOtherLibrary()
    {
        var manifest = _plan.Manifest;
        if (manifest.Library != RunIdentity.Library)
        {
            throw new MaskRunMismatchException(
                $"{Store.Address}: expected to be worked at with MaskGen.ML {manifest.Library}, which created it, found "
                + $"{RunIdentity.Library}. Masks of two versions may differ; use that version, or create a run with this one.");
        }

        if (manifest.Fingerprint != RunIdentity.Fingerprint(manifest.PipelineSha256, manifest.Settings, manifest.Library, manifest.Schema)
            || manifest.Id != RunIdentity.Id(manifest.Fingerprint, manifest.Sources, manifest.ImagesSha256))
        {
            throw new MaskRunMismatchException(
                $"{Store.Address}/{RunNames.Manifest}: expected what the run was created with, found other options. A run does not change; "
                + "create another.");
        }
    }

    // What uses the pipeline, one after the other.
    private async Task<T> AloneAsync<T>(Func<Task<T>> use, CancellationToken cancellationToken)
    {
        await _working.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return await Task.Run(use, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _working.Release();
            FreeIfDisposed();
        }
    }

    private void FreeIfDisposed()
    {
        if (_isDisposed && _working.Wait(0, CancellationToken.None))
        {
            _pipeline.Dispose();
            _working.Release();
        }
    }

    private async Task<MaskShardResult> RunAsync(int shard, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.Register(() => _pipeline.Cancel());
        try
        {
            if (!_isSwept)
            {
                // Of workers of this machine that were killed; on a store that is full they take the room of results.
                Store.Sweep();
                _isSwept = true;
            }

            var result = await _work
                .RunAsync(shard, () => _pipeline.GetAsync(cancellationToken), _options.Session?.GpuDeviceId, cancellationToken)
                .ConfigureAwait(false);
            RunMetrics.Shard(result.Duration, result.Outcome);
            return result;
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OperationCanceledException)
        {
            throw new OperationCanceledException("The work was cancelled.", e, cancellationToken);
        }
        finally
        {
            // A context that was cancelled stays so: the next call loads the pipeline again. From here on nothing cancels it.
            await registration.DisposeAsync().ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
            {
                _pipeline.Dispose();
            }
        }
    }

    private async IAsyncEnumerable<PlannedImage> FailedAsync(
        MaskRunStatus status, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fetcher = new ImageFetcher(_plan.Manifest.ImageSources(), Store.S3);
        var parts = _progress.Parts.Where(part => part.Failed > 0).Select(part => part.Shard).ToList();
        foreach (var shard in parts.Concat(status.GivenUpShards))
        {
            var failed = parts.Contains(shard)
                ? await PartFailures.ReadAsync(Store, RunNames.Part(shard), cancellationToken).ConfigureAwait(false)
                : null;
            foreach (var image in await _plan.ReadShardAsync(shard, cancellationToken).ConfigureAwait(false))
            {
                if (failed?.Contains(image.Key) != false)
                {
                    yield return await fetcher.RefreshAsync(image, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }
}
