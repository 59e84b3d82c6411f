namespace MaskGen.ML.Inference;

/// <summary>A device that was asked for cannot be used. Inside alone: <see cref="DeviceFallback"/> computes on the CPU instead, or tells
/// the caller.</summary>
internal sealed class UnusableDeviceException : InvalidOperationException
{
    /// <param name="problem">Which device, why, and what to do about it, as sentences.</param>
    /// <param name="isOfSession">Whether ONNX Runtime has the device, and failed when a session was made on it.</param>
    /// <param name="innerException">ONNX Runtime's exception.</param>
    public UnusableDeviceException(string problem, bool isOfSession, Exception innerException)
        : base(
            $"{problem} Or compute on the CPU: ask for no device, or allow the fallback "
                + $"({nameof(Sam2SessionOptions.FallbackToCpu)}, --fallback-to-cpu).",
            innerException)
    {
        Problem = problem;
        IsOfSession = isOfSession;
    }

    /// <summary>Which device, why, and what to do about it, as sentences.</summary>
    public string Problem { get; }

    /// <summary>Whether ONNX Runtime has the device, and failed when a session was made on it: then the graph may be what is
    /// wrong.</summary>
    public bool IsOfSession { get; }
}
