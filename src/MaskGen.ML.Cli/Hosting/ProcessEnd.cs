using System.Runtime.InteropServices;
using MaskGen.ML.Files;
using Microsoft.Win32.SafeHandles;

namespace MaskGen.ML.Cli.Hosting;

/// <summary>Ends the process whatever its threads are doing.</summary>
internal static partial class ProcessEnd
{
    private const int StandardError = 2;

    // Deleting a file or writing to a terminal can block too.
    private static readonly TimeSpan TimeToTidy = TimeSpan.FromMilliseconds(250);

    /// <summary>Deletes unfinished files, and ends the process without waiting for anybody.</summary>
    /// <param name="exitCode">0 to 255.</param>
    /// <remarks>Does not return. Native code that is running is not waited for, as an orderly exit would, nor is it torn down under its
    /// threads, which may crash it.</remarks>
    public static void AtOnce(int exitCode)
    {
        try
        {
            var tidying = new Thread(Tidy) { IsBackground = true };
            tidying.Start();
            tidying.Join(TimeToTidy);
        }
        catch (OutOfMemoryException)
        {
            // No thread to be had: what is left over is deleted by the next run.
        }

        if (OperatingSystem.IsWindows())
        {
            TerminateProcess(GetCurrentProcess(), (uint)exitCode);
        }
        else
        {
            ExitNow(exitCode);
        }
    }

    private static void Tidy()
    {
        try
        {
            AtomicFile.DeleteUnfinished();
            ShowCursor();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process ends all the same.
        }
    }

    // A progress bar hides it.
    private static void ShowCursor()
    {
        if (OperatingSystem.IsWindows() || Console.IsErrorRedirected)
        {
            return;
        }

        // Not through Console, whose lock a blocked writer may hold.
        using var terminal = new FileStream(new SafeFileHandle(StandardError, ownsHandle: false), FileAccess.Write, 0);
        terminal.Write("\e[?25h"u8);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int status);

    [LibraryImport("kernel32", EntryPoint = "TerminateProcess")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool TerminateProcess(nint process, uint exitCode);

    [LibraryImport("kernel32", EntryPoint = "GetCurrentProcess")]
    private static partial nint GetCurrentProcess();
}
