namespace MaskGen.ML.Runs;

/// <summary>Finds out how far a run is, again and again: a Parquet file never changes, so each is looked at once. Not safe for concurrent
/// use.</summary>
internal sealed class RunProgress(MaskRunStore store, RunPlan plan)
{
    private const int ReadsAtOnce = 16;
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(30);
    private readonly Dictionary<int, (PartSummary Summary, DateTimeOffset Written)> _parts = [];

    /// <summary>What is known of the shards that are done, by shard.</summary>
    public IEnumerable<PartSummary> Parts => _parts.Values.Select(part => part.Summary);

    /// <summary>Looks.</summary>
    /// <exception cref="MaskRunMismatchException">A Parquet file is of another run, or has not the images of its shard.</exception>
    /// <exception cref="InvalidDataException">A Parquet file is none of this library's.</exception>
    /// <exception cref="IOException">The store cannot be read, or the run is not in it at present.</exception>
    public async Task<MaskRunStatus> LookAsync(CancellationToken cancellationToken)
    {
        await store.ThrowIfAwayAsync(cancellationToken).ConfigureAwait(false);
        await ReadPartsAsync(cancellationToken).ConfigureAwait(false);
        var attempts = new Dictionary<int, int>();
        await foreach (var item in store.ListAsync($"{RunNames.Attempts}/", cancellationToken).ConfigureAwait(false))
        {
            if (RunNames.ShardOfAttempt(item.Name) is { } shard && !_parts.ContainsKey(shard))
            {
                attempts[shard] = attempts.GetValueOrDefault(shard) + 1;
            }
        }

        var givenUp = new List<int>();
        foreach (var shard in attempts.Where(shard => shard.Value >= ShardAttempts.Most).Select(shard => shard.Key))
        {
            // The last of them may be alive.
            if (await ShardAttempts.IsGivenUpAsync(store, shard, cancellationToken).ConfigureAwait(false))
            {
                givenUp.Add(shard);
            }
        }

        var manifest = plan.Manifest;
        var done = _parts.Values.Sum(part => (long)part.Summary.Images);
        var rate = Rate();
        return new MaskRunStatus
        {
            Id = manifest.Id,
            ImageCount = manifest.Images,
            ShardCount = manifest.Shards,
            DoneShardCount = _parts.Count,
            DoneImageCount = done,
            FailedImageCount = _parts.Values.Sum(part => (long)part.Summary.Failed),
            MaskCount = _parts.Values.Sum(part => part.Summary.Masks),
            RowCount = _parts.Values.Sum(part => part.Summary.Rows),
            BegunShards = [.. attempts.Keys.Except(givenUp).Order()],
            GivenUpShards = [.. givenUp.Order()],
            ImagesPerSecond = rate,
            TimeLeft = rate is > 0 and { } speed ? TimeSpan.FromSeconds((manifest.Images - done) / speed) : null,
            IsFinished = await store.FindAsync(RunNames.Success, cancellationToken).ConfigureAwait(false) is not null,
        };
    }

    /// <summary>The first shards that are not done.</summary>
    public IReadOnlyList<int> Missing(int count) =>
        [.. Enumerable.Range(0, plan.Manifest.Shards).Where(shard => !_parts.ContainsKey(shard)).Take(count)];

    private async Task ReadPartsAsync(CancellationToken cancellationToken)
    {
        var found = new List<(int Shard, StoredItem Item)>();
        await foreach (var item in store.ListAsync($"{RunNames.Parts}/", cancellationToken).ConfigureAwait(false))
        {
            if (RunNames.ShardOfPart(item.Name) is { } shard && !_parts.ContainsKey(shard))
            {
                found.Add((shard, item));
            }
        }

        var summaries = new PartSummary[found.Count];
        await Parallel.ForAsync(
            0,
            found.Count,
            new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken },
            async (i, cancel) => summaries[i] = Checked(
                await PartSummary.ReadAsync(store, found[i].Item, cancel).ConfigureAwait(false), found[i].Shard)).ConfigureAwait(false);
        for (var i = 0; i < summaries.Length; i++)
        {
            _parts[found[i].Shard] = (summaries[i], found[i].Item.Modified);
        }
    }

    private PartSummary Checked(PartSummary part, int shard)
    {
        var name = $"{store.Address}/{RunNames.Part(shard)}";
        if (part.Run != plan.Manifest.Id || part.Shard != shard)
        {
            throw new MaskRunMismatchException(
                $"{name}: expected shard {shard} of run {plan.Manifest.Id}, found shard {part.Shard} of run {part.Run}.");
        }

        return shard < plan.Manifest.Shards && part.Images == plan.CountOf(shard)
            ? part
            : throw new MaskRunMismatchException(
                $"{name}: expected {(shard < plan.Manifest.Shards ? plan.CountOf(shard) : 0)} images, found {part.Images}.");
    }

    // Images a second, by when the store says that parts were written, so that clocks of workers do not matter. The part that was written
    // first only says when the time that is looked at begins.
    private double? Rate()
    {
        if (_parts.Count == 0)
        {
            return null;
        }

        var last = _parts.Values.Max(part => part.Written);
        var lately = _parts.Values.Where(part => part.Written >= last - Lately).OrderBy(part => part.Written).ToList();
        var seconds = (last - lately[0].Written).TotalSeconds;
        return lately.Count > 2 && seconds > 0
            ? lately.Skip(1).Sum(part => (long)part.Summary.Images) / seconds
            : lately[^1].Summary is { Seconds: > 0 } only ? only.Images / only.Seconds : null;
    }
}
