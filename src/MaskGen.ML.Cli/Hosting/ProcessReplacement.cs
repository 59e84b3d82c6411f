using System.Runtime.InteropServices;

namespace MaskGen.ML.Cli.Hosting;

/// <summary>Another program in place of this one, on Unix: streams, signals and exit code are its own, the number of the process stays, and
/// all that this one had is gone.</summary>
internal static partial class ProcessReplacement
{
    private const int BrokenPipe = 13;

    /// <summary>Becomes another program. Returns only if the system cannot run it; <see cref="Marshal.GetLastPInvokeError"/> says
    /// why.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments, the first of which is its name.</param>
    public static void Execute(string path, IEnumerable<string> arguments)
    {
        // The runtime ignores this signal, and what is ignored stays so.
        var handler = SetSignal(BrokenPipe, handler: 0);
        _ = Execute(path, [.. arguments, null]);
        var error = Marshal.GetLastPInvokeError();
        SetSignal(BrokenPipe, handler);
        Marshal.SetLastPInvokeError(error);
    }

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Execute(string path, string?[] arguments);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);
}
