namespace MaskGen.ML.Runs;

/// <summary>What a worker leaves in the store while it works at a shard, and takes away when it ends in order: so what is left speaks of a
/// death, or of a worker that is still at it.</summary>
internal sealed record AttemptNote
{
    /// <summary>Who works, for people.</summary>
    public required string Worker { get; init; }

    /// <summary>Who works, see <see cref="WorkerProcess.Mark"/>.</summary>
    public required string Mark { get; init; }

    /// <summary>When the attempt began.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>The image that is being worked at; null if it was not noted down.</summary>
    public string? Image { get; init; }
}
