using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.ML;

namespace MaskGen.ML.Runs;

/// <summary>Makes the plan of a run and writes it to its store, <c>run.json</c> last.</summary>
internal sealed class PlanMaker(MaskRunStore store, MaskRunOptions options)
{
    // The first of them is not counted: code is compiled then, and buffers are made.
    private const int MeasuredImages = 4;

    /// <summary>Plans a run of images that are searched for.</summary>
    public async Task<RunPlan> MakeAsync(
        MLContext ml, ITransformer model, IReadOnlyList<string> inputs, CancellationToken cancellationToken)
    {
        var (schema, maskColumn) = PipelineRows.Check(model, options.ImageColumn, options.MaskColumn);
        var use = new PipelineUse
        {
            ImageColumn = options.ImageColumn,
            MaskColumn = maskColumn,
            Label = options.Label,
            MaskNms = options.Selection.NmsThreshold,
            Disjoint = options.Selection.Disjoint switch
            {
                null => null,
                Results.DisjointRule.Smaller => PipelineUse.Smaller,
                _ => PipelineUse.Better,
            },
        };
        using var scratch = new ScratchFolder();
        await PrepareAsync(cancellationToken).ConfigureAwait(false);
        var listing = new ImageListing(store, options.Recursive);
        var list = await ImageList.WriteAsync(
            listing.ListAsync(inputs, cancellationToken), listing.Sources, scratch.Path, cancellationToken).ConfigureAwait(false);
        var pipeline = Path.Combine(scratch.Path, RunNames.Pipeline);
        SavedPipeline.Save(ml, model, schema, pipeline);
        return await WriteAsync(
            list,
            [.. listing.Sources.Select(RunSource.Of)],
            use,
            pipeline,
            () => Measure(ml, model, use, list, listing.Sources, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Plans a run of images that are known, with the pipeline of another run.</summary>
    public async Task<RunPlan> MakeOfAsync(
        MaskRunStore other, RunManifest manifest, IAsyncEnumerable<PlannedImage> images, CancellationToken cancellationToken)
    {
        using var scratch = new ScratchFolder();
        await PrepareAsync(cancellationToken).ConfigureAwait(false);
        var list = await ImageList.WriteAsync(images, manifest.ImageSources(), scratch.Path, cancellationToken).ConfigureAwait(false);
        var pipeline = Path.Combine(scratch.Path, RunNames.Pipeline);
        await SavedPipeline.CopyAsync(other, manifest, pipeline, cancellationToken).ConfigureAwait(false);
        return await WriteAsync(
            list, manifest.Sources, manifest.Settings, pipeline, () => manifest.SecondsPerImage, cancellationToken).ConfigureAwait(false);
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await store.PrepareAsync(cancellationToken).ConfigureAwait(false);
        if (await store.FindAsync(RunNames.Manifest, cancellationToken).ConfigureAwait(false) is null
            && await store.ProbeAsync(cancellationToken).ConfigureAwait(false) is { } problem)
        {
            throw new NotSupportedException(
                $"{store.Address}: a run cannot be kept here: {problem}. Two workers at one shard could then both write its file. "
                + "Expected a file system with hard links, or an S3 server that knows 'If-None-Match: *'.");
        }
    }

    private async Task<RunPlan> WriteAsync(
        ImageList list,
        IReadOnlyList<RunSource> sources,
        PipelineUse use,
        string pipeline,
        Func<double?> measure,
        CancellationToken cancellationToken)
    {
        var pipelineHash = await SavedPipeline.HashAsync(pipeline, cancellationToken).ConfigureAwait(false);
        var fingerprint = RunIdentity.Fingerprint(pipelineHash, use, RunIdentity.Library, RunManifest.CurrentSchema);
        var id = RunIdentity.Id(fingerprint, sources, list.Sha256);
        if (await RunPlan.TryReadManifestAsync(store, cancellationToken).ConfigureAwait(false) is { } before)
        {
            return await TakeAsync(before, id, cancellationToken).ConfigureAwait(false);
        }

        var (index, shardImages, seconds) = await CutAsync(list, measure, cancellationToken).ConfigureAwait(false);
        if (await RunPlan.TryReadManifestAsync(store, cancellationToken).ConfigureAwait(false) is { } meanwhile)
        {
            return await TakeAsync(meanwhile, id, cancellationToken).ConfigureAwait(false);
        }

        var manifest = new RunManifest
        {
            Schema = RunManifest.CurrentSchema,
            Id = id,
            Fingerprint = fingerprint,
            Library = RunIdentity.Library,
            PipelineSha256 = pipelineHash,
            ImagesSha256 = list.Sha256,
            ShardsSha256 = SavedPipeline.Hex(SHA256.HashData(index)),
            Images = list.Count,
            Shards = ShardSize.Count(list.Count, shardImages),
            ShardImages = shardImages,
            SecondsPerImage = seconds,
            Sources = sources,
            Settings = use,
            Created = DateTimeOffset.UtcNow,
        };
        await CopyAsync(pipeline, RunNames.Pipeline, cancellationToken).ConfigureAwait(false);
        await CopyAsync(list.Path, RunNames.Images, cancellationToken).ConfigureAwait(false);
        if (!await store.PublishAsync(RunNames.Manifest, RunJson.Write(manifest), cancellationToken).ConfigureAwait(false))
        {
            // Somebody else creates a run here at the same time.
            manifest = (await RunPlan.TryReadManifestAsync(store, cancellationToken).ConfigureAwait(false))!;
        }

        return await TakeAsync(manifest, id, cancellationToken).ConfigureAwait(false);
    }

    // Somebody who creates the same run at this moment, or was cut off while at it, may have cut the list already: then that counts, so
    // that all who create it write the same files.
    private async Task<(byte[] Index, int ShardImages, double? Seconds)> CutAsync(
        ImageList list, Func<double?> measure, CancellationToken cancellationToken)
    {
        // A run of one shard needs no measuring.
        var seconds = new Lazy<double?>(() => options.ShardImages is null && list.Count > ShardSize.Fewest ? measure() : null);
        while (true)
        {
            var found = await store.TryReadAsync(RunNames.Shards, cancellationToken).ConfigureAwait(false);
            if (found is not null && list.ShardImagesOf(found) is { } cut)
            {
                return (found, cut, seconds.IsValueCreated ? seconds.Value : null);
            }

            var shardImages = options.ShardImages ?? ShardSize.Choose(list.Count, seconds.Value);
            var index = list.Cut(shardImages).ToBytes();
            if (found is not null)
            {
                // Of other images, by somebody who was cut off.
                await store.WriteAsync(RunNames.Shards, index, cancellationToken).ConfigureAwait(false);
                return (index, shardImages, seconds.Value);
            }

            if (await store.PublishAsync(RunNames.Shards, index, cancellationToken).ConfigureAwait(false))
            {
                return (index, shardImages, seconds.Value);
            }
        }
    }

    private Task<RunPlan> TakeAsync(RunManifest manifest, string id, CancellationToken cancellationToken) => manifest.Id == id
        ? RunPlan.ReadAsync(store, manifest, cancellationToken)
        : throw new MaskRunMismatchException(
            $"{store.Address}: expected no run, or that of these images and options, found another: {manifest.Images} images, created "
            + $"{manifest.Created:yyyy-MM-dd HH:mm} UTC by MaskGen.ML {manifest.Library}. "
            + "Images that were added or changed, and other options, are another run: keep it elsewhere.");

    private async Task CopyAsync(string path, string name, CancellationToken cancellationToken)
    {
        using var item = store.Begin(name);
        var file = File.OpenRead(path);
        await using (file.ConfigureAwait(false))
        {
            await file.CopyToAsync(item.Stream, cancellationToken).ConfigureAwait(false);
        }

        await item.ReplaceAsync(cancellationToken).ConfigureAwait(false);
    }

    private double? Measure(
        MLContext ml,
        ITransformer model,
        PipelineUse use,
        ImageList list,
        IReadOnlyList<ImageSource> sources,
        CancellationToken cancellationToken)
    {
        using var pipeline = new RunPipeline(ml, model, use, ownsModel: false);
        var fetcher = new ImageFetcher(sources, store.S3);
        var times = new List<double>();
        foreach (var image in list.Sample(MeasuredImages))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var fetched = fetcher.ReadAsync(image, cancellationToken).GetAwaiter().GetResult();
            if (fetched.Error is null)
            {
                pipeline.Compute(image.Key, fetched.Bytes, out var error);
                if (error is null)
                {
                    times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
                }
            }
        }

        return times.Count > 1 ? times.Skip(1).Average() : times.Count == 1 ? times[0] : null;
    }

    private sealed class ScratchFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("maskgen-run-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
