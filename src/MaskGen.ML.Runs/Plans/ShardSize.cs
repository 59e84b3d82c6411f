namespace MaskGen.ML.Runs;

/// <summary>How many images a shard has: as many as about ten minutes take.</summary>
internal static class ShardSize
{
    /// <summary>Fewest images of a shard: what a worker does before it begins has to be worth it.</summary>
    public const int Fewest = 16;

    /// <summary>Most images of a shard: what a dead worker loses.</summary>
    public const int Most = 5_000;

    /// <summary>Most shards of a run: each is a file.</summary>
    public const int MostShards = 50_000;

    private const double SecondsPerShard = 600;

    /// <summary>The number of images of a shard.</summary>
    /// <param name="images">Images of the run.</param>
    /// <param name="secondsPerImage">What one takes; null if unknown.</param>
    public static int Choose(long images, double? secondsPerImage)
    {
        var wanted = secondsPerImage is > 0 and { } seconds ? (int)Math.Clamp(SecondsPerShard / seconds, Fewest, Most) : Fewest;
        return checked((int)Math.Max(wanted, (images + MostShards - 1) / MostShards));
    }

    /// <summary>The number of shards.</summary>
    /// <exception cref="ArgumentException">They are too many.</exception>
    public static int Count(long images, int shardImages)
    {
        var count = (images + shardImages - 1) / shardImages;
        return count <= MostShards
            ? (int)count
            : throw new ArgumentException(
                $"Expected at most {MostShards} shards, found {count} of {shardImages} images; take "
                + $"{(images + MostShards - 1) / MostShards} images or more for each.");
    }
}
