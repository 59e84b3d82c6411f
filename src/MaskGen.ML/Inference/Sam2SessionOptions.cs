namespace MaskGen.ML;

/// <summary>How a model is run: device and threads.</summary>
public sealed record Sam2SessionOptions
{
    /// <summary>CUDA device to run on, or null for the CPU.</summary>
    public int? GpuDeviceId { get; init; }

    /// <summary>Whether to run on the CPU, instead of failing, when the GPU cannot be used.</summary>
    public bool FallbackToCpu { get; init; }

    /// <summary>Threads of one run, or null for one per core.</summary>
    public int? ThreadCount { get; init; }
}
