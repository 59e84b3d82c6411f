namespace MaskGen.ML.Runs.Hangfire;

/// <summary>A run that was submitted: where it is kept. How far it is, its store says, see <see cref="MaskRun.GetStatusAsync"/>.</summary>
public sealed record SubmittedMaskRun
{
    internal SubmittedMaskRun()
    {
    }

    /// <summary>Id of the run.</summary>
    public required string Id { get; init; }

    /// <summary>The address of its store, see <see cref="MaskRunStore.Open"/>.</summary>
    public required string Address { get; init; }

    /// <summary>When it was submitted last.</summary>
    public required DateTimeOffset Submitted { get; init; }
}
