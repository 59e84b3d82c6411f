using System.Text.RegularExpressions;

namespace MaskGen.ML.Files;

/// <summary>Errors of writing a file, told under the name that the user knows, and sorted by whether another file can be
/// written.</summary>
internal static partial class WriteErrors
{
    // ENOSPC of Linux and macOS, EDQUOT of Linux and of macOS; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.
    private static readonly int[] DiskFullResults = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>The error under the file's own name, which is told once; that which it has until it is complete is not told at
    /// all.</summary>
    /// <param name="e">The error of the operating system.</param>
    /// <param name="path">Name to tell.</param>
    public static IOException Name(Exception e, string path) => e is DirectoryNotFoundException
        ? new DirectoryNotFoundException($"{path}: cannot be written: its folder does not exist.", e)
        : new IOException($"{path}: cannot be written: {CauseOf(e)}", e) { HResult = e.HResult };

    /// <summary>What went wrong, without the path that .NET puts into its messages.</summary>
    public static string CauseOf(Exception e) =>
        e is ObjectDisposedException ? "the process is ending." : QuotedPath().Replace(e.Message, string.Empty).TrimEnd('.') + ".";

    /// <summary>Whether there is no room for more, on the disk or in the user's quota.</summary>
    public static bool IsDiskFull(Exception e) =>
        e is IOException && (DiskFullResults.Contains(e.HResult) || (e.InnerException is { } inner && IsDiskFull(inner)));

    // Up to the last quote: a path may have some of its own.
    [GeneratedRegex("( :)? '.*'")]
    private static partial Regex QuotedPath();
}
