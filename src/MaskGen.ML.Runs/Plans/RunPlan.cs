using System.Security.Cryptography;

namespace MaskGen.ML.Runs;

/// <summary>The plan of a run: which images are in which shard. Safe for concurrent use.</summary>
internal sealed class RunPlan
{
    private readonly MaskRunStore _store;
    private readonly ShardIndex _index;

    private RunPlan(MaskRunStore store, RunManifest manifest, ShardIndex index)
    {
        _store = store;
        Manifest = manifest;
        _index = index;
    }

    /// <summary>What <c>run.json</c> says.</summary>
    public RunManifest Manifest { get; }

    /// <summary>Reads the manifest; null where there is no run.</summary>
    /// <exception cref="MaskRunMismatchException">It was written by a later version of this library.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static async Task<RunManifest?> TryReadManifestAsync(MaskRunStore store, CancellationToken cancellationToken)
    {
        if (await store.TryReadAsync(RunNames.Manifest, cancellationToken).ConfigureAwait(false) is not { } json)
        {
            return null;
        }

        var name = $"{store.Address}/{RunNames.Manifest}";
        var version = RunJson.Read<SchemaAlone>(json, name).Schema;
        return version == RunManifest.CurrentSchema
            ? RunJson.Read<RunManifest>(json, name)
            : throw new MaskRunMismatchException(
                $"{name}: expected a run of schema {RunManifest.CurrentSchema}, found schema {version}. It was made by another version of "
                + "MaskGen.ML; use that.");
    }

    /// <summary>Reads the plan.</summary>
    /// <exception cref="FileNotFoundException">There is no run.</exception>
    /// <exception cref="MaskRunMismatchException">Its files do not belong together.</exception>
    public static async Task<RunPlan> ReadAsync(MaskRunStore store, CancellationToken cancellationToken)
    {
        var manifest = await TryReadManifestAsync(store, cancellationToken).ConfigureAwait(false)
            ?? throw new FileNotFoundException(
                $"{store.Address}: expected a run, found no {RunNames.Manifest}, which is what creating one writes last.");
        return await ReadAsync(store, manifest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the rest of a plan.</summary>
    /// <exception cref="MaskRunMismatchException">Its files do not belong together.</exception>
    public static async Task<RunPlan> ReadAsync(MaskRunStore store, RunManifest manifest, CancellationToken cancellationToken)
    {
        var bytes = await store.TryReadAsync(RunNames.Shards, cancellationToken).ConfigureAwait(false);
        if (bytes is null || SavedPipeline.Hex(SHA256.HashData(bytes)) != manifest.ShardsSha256)
        {
            throw new MaskRunMismatchException(
                $"{store.Address}: expected the {RunNames.Shards} that {RunNames.Manifest} names, found "
                + $"{(bytes is null ? "none" : "another")}. The folder was changed after the run was created.");
        }

        return ShardIndex.TryParse(bytes) is { } index && index.Count == manifest.Shards
            ? new RunPlan(store, manifest, index)
            : throw new MaskRunMismatchException(
                $"{store.Address}: expected {manifest.Shards} shards in {RunNames.Shards}, found a file of {bytes.Length} bytes.");
    }

    /// <summary>How many images a shard has.</summary>
    public int CountOf(int shard) =>
        (int)Math.Min(Manifest.ShardImages, Manifest.Images - ((long)shard * Manifest.ShardImages));

    /// <summary>The images of a shard, in the order of the list.</summary>
    /// <exception cref="MaskRunMismatchException">The list is another than that of the plan.</exception>
    public async Task<IReadOnlyList<PlannedImage>> ReadShardAsync(int shard, CancellationToken cancellationToken)
    {
        var (start, end) = _index.Place(shard);
        var bytes = await _store.ReadAsync(RunNames.Images, start, checked((int)(end - start)), cancellationToken).ConfigureAwait(false);
        if (!_index.Fits(shard, bytes))
        {
            throw new MaskRunMismatchException(
                $"{_store.Address}/{RunNames.Images}: expected the images of shard {shard} as they were listed, found other lines. The "
                + "list was changed after the run was created.");
        }

        var images = new List<PlannedImage>();
        for (var rest = bytes.AsMemory(); rest.Span.IndexOf((byte)'\n') is >= 0 and var length; rest = rest[(length + 1)..])
        {
            images.Add(PlannedImage.Parse(rest[..length]));
        }

        return images.Count == CountOf(shard)
            ? images
            : throw new MaskRunMismatchException(
                $"{_store.Address}: expected {CountOf(shard)} images of shard {shard}, as {RunNames.Manifest} says, found {images.Count} "
                + $"in {RunNames.Images}. The run was changed after it was created.");
    }

    private sealed record SchemaAlone(int Schema);
}
