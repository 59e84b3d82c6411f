using System.Diagnostics.Metrics;

namespace MaskGen.ML.Runs;

/// <summary>What this process has done, for whoever listens to the meter <c>MaskGen.ML.Runs</c>.</summary>
internal static class RunMetrics
{
    private static readonly Meter Meter = new("MaskGen.ML.Runs", RunIdentity.Library);
    private static readonly Counter<long> Images = Meter.CreateCounter<long>("maskgen.run.images", "{image}", "Images done");
    private static readonly Counter<long> Masks = Meter.CreateCounter<long>("maskgen.run.masks", "{mask}", "Masks found");
    private static readonly Counter<long> Shards = Meter.CreateCounter<long>("maskgen.run.shards", "{shard}", "Shards that ended");
    private static readonly Histogram<double> ImageSeconds =
        Meter.CreateHistogram<double>("maskgen.run.image.duration", "s", "Time of an image");

    private static readonly Histogram<double> ShardSeconds =
        Meter.CreateHistogram<double>("maskgen.run.shard.duration", "s", "Time of a shard");

    public static void Image(TimeSpan time, int masks, bool hasFailed)
    {
        Count(hasFailed);
        Masks.Add(masks);
        ImageSeconds.Record(time.TotalSeconds);
    }

    /// <summary>An image that failed before this, and is not tried again.</summary>
    public static void FatalImage() => Count(hasFailed: true);

    public static void Shard(TimeSpan time, MaskShardOutcome outcome)
    {
        Shards.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString()));
        ShardSeconds.Record(time.TotalSeconds);
    }

    private static void Count(bool hasFailed) =>
        Images.Add(1, new KeyValuePair<string, object?>("outcome", hasFailed ? "failed" : "done"));
}
