namespace MaskGen.ML.Runs;

/// <summary>How far a run is. What is in the store counts, whoever carried it.</summary>
public sealed record MaskRunStatus
{
    internal MaskRunStatus()
    {
    }

    /// <summary>Id of the run.</summary>
    public required string Id { get; init; }

    /// <summary>Images of the plan.</summary>
    public required long ImageCount { get; init; }

    /// <summary>Shards of the plan.</summary>
    public required int ShardCount { get; init; }

    /// <summary>Shards whose Parquet file is there.</summary>
    public required int DoneShardCount { get; init; }

    /// <summary>Images in these.</summary>
    public required long DoneImageCount { get; init; }

    /// <summary>How many of the images have an error in place of masks.</summary>
    public required long FailedImageCount { get; init; }

    /// <summary>Masks in the Parquet files.</summary>
    public required long MaskCount { get; init; }

    /// <summary>Rows of the Parquet files: a row per mask, and one for each image without masks.</summary>
    public required long RowCount { get; init; }

    /// <summary>Shards that are not done and that a worker has begun; it may have died since.</summary>
    public required IReadOnlyList<int> BegunShards { get; init; }

    /// <summary>Shards at which so many attempts have died that they are not tried again.</summary>
    public required IReadOnlyList<int> GivenUpShards { get; init; }

    /// <summary>Images per second of all workers together lately; null if there are too few shards to tell.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>How long the rest takes at that rate; null where it is not known.</summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>Whether every shard is done.</summary>
    public bool IsComplete => DoneShardCount == ShardCount;

    /// <summary>Whether somebody has finished the run: <c>_SUCCESS</c> is there.</summary>
    public required bool IsFinished { get; init; }
}
