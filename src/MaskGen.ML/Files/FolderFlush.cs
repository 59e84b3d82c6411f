using System.Runtime.InteropServices;

namespace MaskGen.ML.Files;

/// <summary>Brings the names in a folder to the disk: until then a power cut may take back that a file was renamed.</summary>
internal static partial class FolderFlush
{
    // Of Linux and of macOS.
    private static readonly int CloseOnExec = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    /// <summary>Flushes a folder. Windows has no such call (and keeps the order of changes by itself), and some file systems refuse it:
    /// then nothing is done.</summary>
    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        var descriptor = Open(folder, CloseOnExec);
        if (descriptor >= 0)
        {
            _ = Synchronize(descriptor);
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
