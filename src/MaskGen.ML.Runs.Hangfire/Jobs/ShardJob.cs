using Hangfire;
using Hangfire.Common;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>What Hangfire calls for a shard: the name of this type and of its method stand in the database.</summary>
/// <param name="work">Does it.</param>
internal sealed class ShardJob(Action<string, int, IJobCancellationToken> work)
{
    /// <summary>Does a shard.</summary>
    /// <param name="run">Id of the run.</param>
    /// <param name="shard">The shard, from 0.</param>
    /// <param name="cancellation">Hangfire's; says when the worker is to end, and when the job is another's.</param>
    public void Work(string run, int shard, IJobCancellationToken cancellation) => work(run, shard, cancellation);

    /// <summary>The job of a shard.</summary>
    public static Job Of(string runId, int shard) =>
        Job.FromExpression<ShardJob>(job => job.Work(runId, shard, JobCancellationToken.Null), QueueName.Of(runId));
}
