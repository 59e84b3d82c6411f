using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MaskGen.ML.Runs;

/// <summary>The plan of a run: which images are in which shard. Safe for concurrent use.</summary>
internal sealed class RunPlan
{
    private readonly MaskRunStore _store;
    private readonly long[] _offsets;

    private RunPlan(MaskRunStore store, RunManifest manifest, long[] offsets)
    {
        _store = store;
        Manifest = manifest;
        _offsets = offsets;
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
        var index = await store.TryReadAsync(RunNames.Shards, cancellationToken).ConfigureAwait(false);
        if (index is null || SavedPipeline.Hex(SHA256.HashData(index)) != manifest.ShardsSha256)
        {
            throw new MaskRunMismatchException(
                $"{store.Address}: expected the {RunNames.Shards} that {RunNames.Manifest} names, found "
                + $"{(index is null ? "none" : "another")}. The folder was changed after the run was created.");
        }

        var offsets = new long[index.Length / sizeof(long)];
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = BinaryPrimitives.ReadInt64LittleEndian(index.AsSpan(sizeof(long) * i));
        }

        return offsets.Length == manifest.Shards + 1
            ? new RunPlan(store, manifest, offsets)
            : throw new MaskRunMismatchException(
                $"{store.Address}: expected {manifest.Shards + 1} positions in {RunNames.Shards}, found {offsets.Length}.");
    }

    /// <summary>How many images a shard has.</summary>
    public int CountOf(int shard) =>
        (int)Math.Min(Manifest.ShardImages, Manifest.Images - ((long)shard * Manifest.ShardImages));

    /// <summary>The images of a shard, in the order of the list.</summary>
    /// <exception cref="MaskRunMismatchException">The list is another than that of the plan.</exception>
    public async Task<IReadOnlyList<PlannedImage>> ReadShardAsync(int shard, CancellationToken cancellationToken)
    {
        var (start, end) = (_offsets[shard], _offsets[shard + 1]);
        var bytes = await _store.ReadAsync(RunNames.Images, start, checked((int)(end - start)), cancellationToken).ConfigureAwait(false);
        var images = new List<PlannedImage>();
        for (var rest = bytes.AsMemory(); rest.Span.IndexOf((byte)'\n') is >= 0 and var length; rest = rest[(length + 1)..])
        {
            images.Add(PlannedImage.Parse(rest[..length]));
        }

        return images.Count == CountOf(shard)
            ? images
            : throw new MaskRunMismatchException(
                $"{_store.Address}/{RunNames.Images}: expected {CountOf(shard)} images of shard {shard}, found {images.Count}. The list "
                + "was changed after the run was created.");
    }

    private sealed record SchemaAlone(int Schema);
}
