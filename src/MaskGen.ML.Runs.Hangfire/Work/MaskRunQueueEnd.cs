namespace MaskGen.ML.Runs.Hangfire;

/// <summary>Why a worker has ended by itself.</summary>
public enum MaskRunQueueEnd
{
    /// <summary>Every shard is done, by whomever.</summary>
    Done,

    /// <summary>Every shard is done or was given up.</summary>
    GivenUp,

    /// <summary>Shards are missing and none of them is in the queue: submitting the run again puts them there.</summary>
    NothingQueued,
}
