namespace MaskGen.ML.Runs.Hangfire;

/// <summary>What things of a run are called in the database.</summary>
internal static class QueueName
{
    /// <summary>The runs that were submitted.</summary>
    public const string Runs = "maskgen:runs";

    /// <summary>The queue of a run: no worker takes a shard of another.</summary>
    public static string Of(string runId) => $"mg-{runId}";

    /// <summary>What is known of a run that was submitted.</summary>
    public static string Record(string runId) => $"maskgen:run:{runId}";
}
