namespace MaskGen.ML.Runs.Hangfire;

/// <summary>A run with images and masks.</summary>
internal sealed class QueuedMaskRun(MaskRun run) : IQueuedRun
{
    public string Id => run.Id;

    public Task<MaskShardResult> WorkAsync(int shard, CancellationToken cancellationToken) => run.WorkAsync(shard, cancellationToken);

    public async Task<(int Missing, int GivenUp)> LookAsync(CancellationToken cancellationToken)
    {
        var status = await run.GetStatusAsync(cancellationToken).ConfigureAwait(false);
        return (status.ShardCount - status.DoneShardCount, status.GivenUpShards.Count);
    }
}
