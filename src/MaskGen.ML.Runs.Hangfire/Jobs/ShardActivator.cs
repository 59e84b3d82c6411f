using Hangfire;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>Gives Hangfire the one object that jobs are called on.</summary>
internal sealed class ShardActivator(ShardJob job) : JobActivator
{
    public override object ActivateJob(Type jobType) => jobType == typeof(ShardJob)
        ? job
        : throw new InvalidOperationException($"Expected a job of {typeof(ShardJob)}, found one of {jobType}.");
}
