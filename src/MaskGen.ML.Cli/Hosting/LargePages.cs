using System.Diagnostics;
using MaskGen.ML.Inference;

namespace MaskGen.ML.Cli.Hosting;

/// <summary>Memory in large pages (Linux's transparent huge pages, which glibc 2.35 and later asks for), in pieces that are worth
/// one.</summary>
/// <remarks>ONNX Runtime takes and gives back tens of megabytes for every image, and on a virtual machine a page fault costs more than
/// filling the page. The C library reads the variable once, when a program starts.</remarks>
internal static class LargePages
{
    private const string Variable = "GLIBC_TUNABLES";
    private const string Value = "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=67108864";

    /// <summary>Has the next program of this process use them, unless a user has chosen otherwise.</summary>
    /// <returns>False where a user has.</returns>
    public static bool AskForNextProgram() => NativeEnvironment.SetUnlessSet(Variable, Value);

    /// <summary>Takes the variable back: it was for this program alone, not for those that it starts.</summary>
    /// <remarks>To be called before there are other threads.</remarks>
    public static void EndAsking() => NativeEnvironment.Unset(Variable, Value);

    /// <summary>Starts this program again in the same process, now with large pages; returns if that is done already, or would bring
    /// nothing.</summary>
    /// <remarks>To be called before anything else, by a program that computes for longer than a second: all that the process had is
    /// gone.</remarks>
    public static void RestartWithThem()
    {
        if (!OperatingSystem.IsLinux() || NativeEnvironment.GetOnUnix(Variable) is not null || Debugger.IsAttached
            || Environment.ProcessPath is not { } path || !AreOnRequest(ReadOrEmpty("/sys/kernel/mm/transparent_hugepage/enabled")))
        {
            EndAsking();
            return;
        }

        var arguments = ReadOrEmpty("/proc/self/cmdline").Split('\0')[..^1];
        if (arguments.Length > 0 && AskForNextProgram())
        {
            ProcessReplacement.Execute(path, arguments);
            EndAsking();
        }
    }

    /// <summary>Whether the system gives large pages to who asks for them, and to nobody else.</summary>
    /// <param name="setting">What <c>transparent_hugepage/enabled</c> says.</param>
    public static bool AreOnRequest(string setting) => setting.Contains("[madvise]", StringComparison.Ordinal);

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
