using MaskGen.ML.Files;

namespace MaskGen.ML.Runs;

/// <summary>A process that works at a run.</summary>
/// <param name="Name">What people know it by.</param>
/// <param name="Mark">What tells it from every other, see <see cref="UnfinishedFileName"/>.</param>
internal sealed record WorkerProcess(string Name, string Mark)
{
    /// <summary>This process.</summary>
    /// <param name="name">What people know it by; null for machine and process id.</param>
    public static WorkerProcess Current(string? name) => new(
        name ?? FormattableString.Invariant($"{Environment.MachineName}:{Environment.ProcessId}"), UnfinishedFileName.Next());

    /// <summary>Whether it can be seen from here that it still runs. Not seen does not mean that it is dead: it may be elsewhere.</summary>
    public static bool IsSeenAlive(string mark) =>
        UnfinishedFileName.TryParse(mark) is { IsOfThisHost: true, IsProcessAlive: true };
}
