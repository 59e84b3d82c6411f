using System.Globalization;

namespace MaskGen.ML;

/// <summary>The device that a model runs on, and why it is not the one that was asked for.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record Sam2Device
{
    /// <summary>Number of the CUDA device, or null for the CPU.</summary>
    public int? GpuDeviceId { get; init; }

    /// <summary>Name of another execution provider, such as <c>OpenVINO</c>; null for CPU and CUDA.</summary>
    public string? ExecutionProvider { get; init; }

    /// <summary>Why the CPU computes although another device was asked for, where <see cref="Sam2SessionOptions.FallbackToCpu"/> allows it;
    /// null where the device is the one that was asked for.</summary>
    public string? FallbackReason { get; init; }

    internal static Sam2Device Cpu { get; } = new();

    internal bool IsCpu => GpuDeviceId is null && ExecutionProvider is null;

    /// <summary>"CPU", "CUDA device 0", or the name of an execution provider.</summary>
    public override string ToString() => ExecutionProvider is not null ? ExecutionProvider
        : GpuDeviceId is { } device ? string.Create(CultureInfo.InvariantCulture, $"CUDA device {device}") : "CPU";
}
