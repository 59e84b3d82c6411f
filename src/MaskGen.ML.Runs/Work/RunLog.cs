using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Runs;

/// <summary>What is told to a logger.</summary>
internal static partial class RunLog
{
    [LoggerMessage(1, LogLevel.Information, "shard {Shard}: attempt {Attempt}, {Images} images")]
    public static partial void Begun(this ILogger logger, int shard, int attempt, int images);

    [LoggerMessage(2, LogLevel.Debug, "shard {Shard}: {Number} of {Images}: {Image}: {Masks} masks in {Seconds:0.00} s")]
    public static partial void Image(this ILogger logger, int shard, int number, int images, string image, int masks, double seconds);

    [LoggerMessage(3, LogLevel.Warning, "shard {Shard}: {Image}: {Error}")]
    public static partial void ImageFailed(this ILogger logger, int shard, string image, string error);

    [LoggerMessage(4, LogLevel.Information,
        "shard {Shard}: committed: {Images} images, {Failed} failed, {Masks} masks in {Seconds:0.0} s")]
    public static partial void Committed(this ILogger logger, int shard, int images, int failed, long masks, double seconds);

    [LoggerMessage(5, LogLevel.Information, "shard {Shard}: done before")]
    public static partial void DoneBefore(this ILogger logger, int shard);

    [LoggerMessage(6, LogLevel.Warning, "shard {Shard}: another worker has committed it meanwhile; what was computed here is dropped")]
    public static partial void DoneMeanwhile(this ILogger logger, int shard);

    [LoggerMessage(7, LogLevel.Error, "shard {Shard}: given up: {Attempts} attempts have died at it, the last of them at {Image}")]
    public static partial void GivenUp(this ILogger logger, int shard, int attempts, string image);

    [LoggerMessage(8, LogLevel.Warning, "shard {Shard}: {Image}: attempts have died at this image; it is tried no more")]
    public static partial void Fatal(this ILogger logger, int shard, string image);

    [LoggerMessage(9, LogLevel.Information, "{Message}")]
    public static partial void Device(this ILogger logger, string message);

    [LoggerMessage(10, LogLevel.Warning, "{Message}")]
    public static partial void DeviceFallback(this ILogger logger, string message);
}
