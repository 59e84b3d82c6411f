using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MaskGen.ML.Cli.Hosting;

/// <summary>Standard output and error as the process was given them, closed ones (<c>>&amp;-</c>) included.</summary>
internal static partial class StandardStreams
{
    private const int OutputDescriptor = 1;
    private const int ErrorDescriptor = 2;

    // The same on Linux, macOS and the BSDs.
    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;

    private static readonly List<SafeFileHandle> Placeholders = [];

    public static TextWriter Output() => IsGiven(OutputDescriptor) ? Console.Out : new ClosedWriter();

    public static TextWriter Error() => IsGiven(ErrorDescriptor) ? Console.Error : new ClosedWriter();

    /// <summary>Keeps files that are opened later from taking the number of a stream that was closed: native libraries would write their
    /// messages into them.</summary>
    public static void Reserve()
    {
        for (var descriptor = 0; descriptor <= ErrorDescriptor && !OperatingSystem.IsWindows(); descriptor++)
        {
            if (DescriptorControl(descriptor, GetDescriptorFlags) < 0)
            {
                // The system gives out the lowest number that is free: this one.
                Placeholders.Add(File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
            }
        }
    }

    // The number of a closed stream may belong to a file or a pipe of the runtime by now. Those are closed on exec; a stream that the
    // process was given has been through an exec.
    private static bool IsGiven(int descriptor) =>
        OperatingSystem.IsWindows()
        || (DescriptorControl(descriptor, GetDescriptorFlags) is var flags and >= 0 && (flags & CloseOnExec) == 0);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int DescriptorControl(int descriptor, int command);
}
