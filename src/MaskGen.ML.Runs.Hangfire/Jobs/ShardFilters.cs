using Hangfire;
using Hangfire.Common;
using Hangfire.Server;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>What becomes of jobs beside what they do: retries, statistics for the dashboard, and that nothing but shards is done.</summary>
internal static class ShardFilters
{
    /// <summary>How often a shard is tried again that could not be read or written. Deaths are counted elsewhere: with the run.</summary>
    public const int Retries = 10;

    /// <summary>The filters of a worker and of who submits, in place of those that are set for a whole program.</summary>
    public static IJobFilterProvider Create(MaskRunQueueOptions options) => new JobFilterProviderCollection(new JobFilterCollection
    {
        new OnlyShards(),
        new StatisticsHistoryAttribute(),
        new AutomaticRetryAttribute
        {
            Attempts = Retries,
            DelaysInSeconds = options.RetrySeconds,
            ExceptOn = [typeof(ShardGivenUpException)],
            LogEvents = false,
        },
    });

    // A job names a method of any type; whoever can write to the database could name another than ours.
    private sealed class OnlyShards : IServerFilter
    {
        public void OnPerforming(PerformingContext context) =>
            context.Canceled = context.BackgroundJob.Job?.Type != typeof(ShardJob);

        public void OnPerformed(PerformedContext context)
        {
        }
    }
}
