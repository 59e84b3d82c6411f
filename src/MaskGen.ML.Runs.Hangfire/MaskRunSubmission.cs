namespace MaskGen.ML.Runs.Hangfire;

/// <summary>What came of submitting a run.</summary>
public sealed record MaskRunSubmission
{
    internal MaskRunSubmission()
    {
    }

    /// <summary>Shards that were put into the queue.</summary>
    public required int SubmittedShardCount { get; init; }

    /// <summary>Shards that were in the queue before, with a worker or without, or that are tried again later.</summary>
    public required int QueuedShardCount { get; init; }

    /// <summary>Shards whose Parquet file is there.</summary>
    public required int DoneShardCount { get; init; }

    /// <summary>Shards at which so many attempts have died that they were left out.</summary>
    public required int GivenUpShardCount { get; init; }
}
