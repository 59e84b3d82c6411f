using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>What is logged.</summary>
internal static partial class WebLog
{
    [LoggerMessage(1, LogLevel.Information, "Model {Model} is ready on {Device}, after {Milliseconds:0} ms.")]
    public static partial void ModelReady(this ILogger logger, string model, string device, double milliseconds);

    [LoggerMessage(2, LogLevel.Error, "The model {Model} cannot be loaded.")]
    public static partial void ModelFailed(this ILogger logger, Exception error, string model);

    [LoggerMessage(3, LogLevel.Information, "Encoded {Image} in {Milliseconds:0} ms.")]
    public static partial void Encoded(this ILogger logger, string image, double milliseconds);

    [LoggerMessage(4, LogLevel.Warning, "{Image} cannot be encoded: {Reason}")]
    public static partial void EncodingFailed(this ILogger logger, string image, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The embedding of {Image} cannot be kept on disk: {Reason}")]
    public static partial void NotKept(this ILogger logger, string image, string reason);

    [LoggerMessage(6, LogLevel.Information, "Saved {Count} objects of {Image}.")]
    public static partial void Saved(this ILogger logger, int count, string image);

    [LoggerMessage(7, LogLevel.Warning, "Refused {Method} {Path} from {Address}: {Reason}")]
    public static partial void RefusedRequest(this ILogger logger, string method, string path, string address, string reason);

    [LoggerMessage(8, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(this ILogger logger, Exception error, string method, string path);

    [LoggerMessage(9, LogLevel.Information, "Received {Image}, {Bytes} bytes.")]
    public static partial void Uploaded(this ILogger logger, string image, long bytes);

    [LoggerMessage(10, LogLevel.Debug, "Segmented {Image}: {Prompts} prompts in {Milliseconds:0.0} ms.")]
    public static partial void Segmented(this ILogger logger, string image, int prompts, double milliseconds);
}
