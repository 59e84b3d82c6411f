using System.Runtime.InteropServices;

namespace MaskGen.ML.Benchmarks;

/// <summary>Processor time of all child processes that have ended.</summary>
internal static partial class ChildTime
{
    private const int Children = -1;

    /// <summary>Seconds in programs and in the system; null where the system does not say.</summary>
    public static unsafe (double User, double System)? Used
    {
        get
        {
            if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
            {
                return null;
            }

            // Linux on 64 bits: seconds and microseconds of both, then 14 counts.
            var usage = stackalloc long[18];
            return Usage(Children, usage) == 0
                ? (usage[0] + (usage[1] / 1e6), usage[2] + (usage[3] / 1e6))
                : null;
        }
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static unsafe partial int Usage(int who, long* usage);
}
