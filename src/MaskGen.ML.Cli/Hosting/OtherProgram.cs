using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Cli.Hosting;

/// <summary>Starts another program in place of this one.</summary>
internal static class OtherProgram
{
    // What cmd.exe would read for itself in the arguments of a batch file.
    private static readonly char[] BatchCharacters = ['"', '%', '!', '^', '&', '|', '<', '>', '\r', '\n'];

    /// <summary>Runs a program with this one's streams, variables and folder.</summary>
    /// <param name="path">The program's file.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="beforeWaiting">Called where this process stays until the other has ended, which signals reach by itself.</param>
    /// <returns>Its exit code. On Unix it takes this process over, so that streams, signals and exit code are its own, and this does not
    /// return.</returns>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static int Run(string path, IReadOnlyList<string> arguments, Action beforeWaiting)
    {
        if (!OperatingSystem.IsWindows())
        {
            ProcessReplacement.Execute(path, [path, .. arguments]);
            throw new IOException($"{path}: cannot be started: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        if (Path.GetExtension(path).ToLowerInvariant() is ".cmd" or ".bat"
            && arguments.FirstOrDefault(argument => argument.IndexOfAny(BatchCharacters) >= 0) is { } refused)
        {
            throw new IOException($"{path}: a batch file cannot be given '{refused}', which it would run or replace parts of.");
        }

        try
        {
            beforeWaiting();
            using var process = Process.Start(new ProcessStartInfo(path, arguments) { UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{path}: cannot be started: {e.Message}", e);
        }
    }
}
