using System.Runtime.InteropServices;

namespace MaskGen.ML.Cli.Hosting;

/// <summary>Another program in place of this one, on Unix: the process stays the same, all that it had is gone.</summary>
internal static unsafe partial class ProcessReplacement
{
    /// <summary>Becomes another program. Returns only if the system cannot run it.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments, the first of which is its name.</param>
    public static void Execute(string path, string[] arguments)
    {
        var texts = arguments.Select(Marshal.StringToCoTaskMemUTF8).Append(0).ToArray();
        fixed (nint* pointers = texts)
        {
            _ = Execute(path, pointers);
        }

        foreach (var text in texts)
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, nint* arguments);
}
