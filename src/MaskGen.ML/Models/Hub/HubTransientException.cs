namespace MaskGen.ML.Models;

/// <summary>A fault that another attempt may not meet: a cut, a timeout, a server that is busy.</summary>
internal sealed class HubTransientException(
    string message, Exception? innerException = null, TimeSpan? retryAfter = null) : Exception(message, innerException)
{
    /// <summary>How long the server asks to wait, or null.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
