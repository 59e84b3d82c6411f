using System.Globalization;

namespace MaskGen.ML;

/// <summary>The device that a model runs on, and why it is not the one that was asked for.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record Sam2Device
{
    /// <summary>Number of the CUDA device, or null for the CPU.</summary>
    public int? GpuDeviceId { get; init; }

    /// <summary>Why the CPU computes although a GPU was asked for, where <see cref="Sam2SessionOptions.FallbackToCpu"/> allows it; null
    /// where the device is the one that was asked for.</summary>
    public string? FallbackReason { get; init; }

    internal static Sam2Device Cpu { get; } = new();

    /// <summary>"CPU" or "CUDA device 0".</summary>
    public override string ToString() =>
        GpuDeviceId is { } device ? string.Create(CultureInfo.InvariantCulture, $"CUDA device {device}") : "CPU";
}
