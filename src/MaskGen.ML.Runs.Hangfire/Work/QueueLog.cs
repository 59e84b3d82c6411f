using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>What is told to a logger beside what the run itself says.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(1, LogLevel.Information, "waits for shards of run {Run} in {Database}")]
    public static partial void Waiting(this ILogger logger, string run, string database);

    [LoggerMessage(2, LogLevel.Warning,
        "shard {Shard}: another worker has taken it, or it was taken out of the queue; what was computed here is dropped")]
    public static partial void TakenAway(this ILogger logger, int shard);

    [LoggerMessage(3, LogLevel.Warning, "shard {Shard}: {Error} It is tried again later.")]
    public static partial void Failed(this ILogger logger, int shard, string error);

    [LoggerMessage(4, LogLevel.Information, "shard {Shard}: given back")]
    public static partial void GivenBack(this ILogger logger, int shard);

    [LoggerMessage(5, LogLevel.Debug, "cannot find out how far the run is: {Error}")]
    public static partial void CannotLook(this ILogger logger, string error);
}
