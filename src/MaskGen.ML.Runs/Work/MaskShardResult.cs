namespace MaskGen.ML.Runs;

/// <summary>What came of an attempt at a shard, and what was in it.</summary>
public sealed record MaskShardResult
{
    internal MaskShardResult(int shard, MaskShardOutcome outcome)
    {
        Shard = shard;
        Outcome = outcome;
    }

    /// <summary>The shard, from 0.</summary>
    public int Shard { get; }

    /// <summary>What came of it.</summary>
    public MaskShardOutcome Outcome { get; }

    /// <summary>Whether its Parquet file is in the store.</summary>
    public bool IsDone => Outcome != MaskShardOutcome.GivenUp;

    /// <summary>Images that this attempt went through; 0 where it computed nothing.</summary>
    public int ImageCount { get; internal init; }

    /// <summary>How many of them have an error in place of masks.</summary>
    public int FailedImageCount { get; internal init; }

    /// <summary>Masks that were found.</summary>
    public long MaskCount { get; internal init; }

    /// <summary>Which attempt this was, from 1: one more than have died.</summary>
    public int Attempt { get; internal init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; internal init; }
}
