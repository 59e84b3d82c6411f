using System.Text.Json;
using System.Text.Json.Nodes;

namespace MaskGen.ML.Runs.Tool;

/// <summary>How far a run is, as a JSON object: what <c>status --json</c> says and the page of runs for programs.</summary>
internal static class StatusJson
{
    /// <summary>The object.</summary>
    /// <param name="address">Where the run is kept.</param>
    /// <param name="id">Id of the run.</param>
    /// <param name="status">How far it is; null where that is not known, and then everything about it is.</param>
    public static JsonObject Of(string address, string id, MaskRunStatus? status) => JsonSerializer.SerializeToNode(new
    {
        run = address,
        id,
        images = status?.ImageCount,
        shards = status?.ShardCount,
        done_shards = status?.DoneShardCount,
        done_images = status?.DoneImageCount,
        failed_images = status?.FailedImageCount,
        masks = status?.MaskCount,
        rows = status?.RowCount,
        begun_shards = status?.BegunShards,
        given_up_shards = status?.GivenUpShards,
        images_per_second = status?.ImagesPerSecond is { } rate ? Math.Round(rate, 3) : (double?)null,
        seconds_left = status?.TimeLeft is { } left ? Math.Round(left.TotalSeconds) : (double?)null,
        complete = status?.IsComplete,
        finished = status?.IsFinished,
    })!.AsObject();
}
