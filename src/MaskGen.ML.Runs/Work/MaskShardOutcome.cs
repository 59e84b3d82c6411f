namespace MaskGen.ML.Runs;

/// <summary>What came of an attempt at a shard.</summary>
public enum MaskShardOutcome
{
    /// <summary>This attempt wrote its Parquet file.</summary>
    Committed,

    /// <summary>It was there before; nothing was computed.</summary>
    DoneBefore,

    /// <summary>Another worker wrote it while this one computed; the other's counts, this one's was dropped.</summary>
    DoneMeanwhile,

    /// <summary>Six attempts have died at it; it is not tried again before somebody says so.</summary>
    GivenUp,
}
