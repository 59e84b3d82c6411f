namespace MaskGen.ML.Runs.Hangfire;

/// <summary>A run as a worker sees it.</summary>
internal interface IQueuedRun
{
    /// <summary>Id of the run.</summary>
    string Id { get; }

    /// <summary>Does a shard, see <see cref="MaskRun.WorkAsync"/>.</summary>
    Task<MaskShardResult> WorkAsync(int shard, CancellationToken cancellationToken);

    /// <summary>How many shards are not done, and how many of these were given up: by what is in the store.</summary>
    Task<(int Missing, int GivenUp)> LookAsync(CancellationToken cancellationToken);
}
