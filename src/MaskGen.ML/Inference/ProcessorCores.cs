namespace MaskGen.ML.Inference;

/// <summary>How many threads suit matrix products: one per core, since two threads of a core share its arithmetic units.</summary>
/// <remarks>ONNX Runtime counts by itself where it is told nothing. On Linux it asks the processor and not the system, and is misled by
/// virtual machines: of two cores it uses one, and takes 1.6 times as long; nor does it heed the limits of a container.</remarks>
internal static class ProcessorCores
{
    private const string Processors = "/sys/devices/system/cpu";

    private static readonly Lazy<int?> LazyCount = new(() =>
        OperatingSystem.IsLinux() ? Count(Processors, Environment.ProcessorCount) : null);

    /// <summary>The number of cores that this process may use; null where ONNX Runtime counts rightly.</summary>
    public static int? Number => LazyCount.Value;

    /// <summary>Counts the cores that the system tells of.</summary>
    /// <param name="folder">The system's folder of processors.</param>
    /// <param name="processors">How many of them this process may use, which containers and affinity limit; a core may be two.</param>
    /// <returns>At most <paramref name="processors"/>, and just those where the system tells nothing.</returns>
    internal static int Count(string folder, int processors)
    {
        try
        {
            // Each processor names all of its core, so every core is named alike by its processors.
            var cores = Directory.EnumerateDirectories(folder, "cpu*")
                .Select(processor => Path.Combine(processor, "topology", "thread_siblings_list"))
                .Where(File.Exists)
                .Select(file => File.ReadAllText(file).Trim())
                .Distinct(StringComparer.Ordinal)
                .Count();
            return cores == 0 ? processors : Math.Min(cores, processors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return processors;
        }
    }
}
