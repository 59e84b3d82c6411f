namespace MaskGen.ML.Models;

/// <summary>A fault that another attempt may not meet: a cut, a timeout, a server that is busy.</summary>
internal sealed class HubTransientException(
    string message, Exception? innerException = null, TimeSpan? retryAfter = null) : Exception(message, innerException)
{
    /// <summary>How long the server asks to wait, or null.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether the hub has not answered once so far: then few attempts are enough to know that it cannot be reached.</summary>
    public bool IsBeforeContact { get; init; }

    /// <summary>Whether another attempt would not help now: the host is unknown, or there is no network.</summary>
    public bool IsNoNetwork { get; init; }

    /// <summary>Whether bytes do arrive, but too few: going on from there would be a trickle without an end.</summary>
    public bool IsTooSlow { get; init; }
}
