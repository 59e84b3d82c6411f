namespace MaskGen.ML;

/// <summary>How a model is run: device and threads.</summary>
public sealed record Sam2SessionOptions
{
    /// <summary>CUDA device to run on, or null for the CPU.</summary>
    public int? GpuDeviceId { get; init; }

    /// <summary>Whether to run on the CPU, instead of failing, when the GPU cannot be used.</summary>
    public bool FallbackToCpu { get; init; }

    /// <summary>The most threads that may be asked for; more than any machine has use for would only take its memory.</summary>
    internal const int MaximumThreads = 1024;

    /// <summary>Threads of one run, 1 to 1024, or null for one per core.</summary>
    public int? ThreadCount { get; init; }

    /// <summary>Receives what a log should tell: the device chosen. May be called from any thread.</summary>
    internal Action<string>? Log { get; init; }

    /// <summary>Receives what a user should notice: a fallback. May be called from any thread.</summary>
    internal Action<string>? Warn { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        if (GpuDeviceId < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(GpuDeviceId), GpuDeviceId, "Expected a device number of 0 or more, or null for the CPU.");
        }

        if (ThreadCount is < 1 or > MaximumThreads)
        {
            throw new ArgumentOutOfRangeException(nameof(ThreadCount), ThreadCount, $"Expected 1 to {MaximumThreads} threads, or none for one per core.");
        }
    }
}
