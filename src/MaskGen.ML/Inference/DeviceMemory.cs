namespace MaskGen.ML.Inference;

/// <summary>Which devices have memory that one session can leave values in for another.</summary>
internal static class DeviceMemory
{
    // Their memory is that of CUDA or HIP, whose addresses mean the same in the whole process. DirectML's means something to the session
    // that has allocated it alone, and of others nobody has tried it.
    private static readonly string[] CommonProviders = ["CUDA", "TensorRT", "ROCm", "MIGraphX"];

    /// <summary>Whether sessions on a device can hand values to each other there; ordinary memory is common to all.</summary>
    public static bool IsCommon(Sam2Device device) =>
        device.ExecutionProvider is not { } provider || CommonProviders.Contains(provider, StringComparer.OrdinalIgnoreCase);
}
