using System.Globalization;

namespace MaskGen.ML.Runs;

/// <summary>What is called how in a store. Names that begin with an underscore are no data: Spark and others pass over them.</summary>
internal static class RunNames
{
    /// <summary>The run itself; written last, so that what has it is whole.</summary>
    public const string Manifest = "run.json";

    /// <summary>The saved ML.NET pipeline: options and weights.</summary>
    public const string Pipeline = "pipeline.zip";

    /// <summary>The images, sorted, one JSON object a line.</summary>
    public const string Images = "images.jsonl";

    /// <summary>Where in <see cref="Images"/> each shard begins, and where the last one ends: little-endian Int64.</summary>
    public const string Shards = "shards.idx";

    /// <summary>The Parquet files.</summary>
    public const string Parts = "masks";

    /// <summary>What workers leave so that the next one knows of their death.</summary>
    public const string Attempts = "_attempts";

    /// <summary>What is being written.</summary>
    public const string Unfinished = "_tmp";

    /// <summary>Written when everything is there.</summary>
    public const string Success = "_SUCCESS";

    /// <summary>The Parquet file of a shard, the one commit of it.</summary>
    public static string Part(int shard) => string.Create(CultureInfo.InvariantCulture, $"{Parts}/part-{shard:00000}.parquet");

    /// <summary>The shard of a Parquet file; null for any other file.</summary>
    public static int? ShardOfPart(string name)
    {
        const string Before = $"{Parts}/part-", After = ".parquet";
        return name.StartsWith(Before, StringComparison.Ordinal) && name.EndsWith(After, StringComparison.Ordinal)
            && int.TryParse(name[Before.Length..^After.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
                ? shard
                : null;
    }

    /// <summary>What the names of the attempts at a shard begin with.</summary>
    public static string AttemptsAt(int shard) => string.Create(CultureInfo.InvariantCulture, $"{Attempts}/{shard:00000}/");

    /// <summary>The shard of an attempt; null for any other file.</summary>
    public static int? ShardOfAttempt(string name) =>
        name.Split('/') is [Attempts, var shard, _]
        && int.TryParse(shard, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
