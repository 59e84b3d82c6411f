namespace MaskGen.ML.Runs.Hangfire;

/// <summary>So many attempts have died at a shard that it is not tried again by itself.</summary>
internal sealed class ShardGivenUpException(int shard, int attempts) : Exception(
    $"Shard {shard} was given up: {attempts} attempts have died at it. 'maskgen run submit --again' tries again.");
