using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MaskGen.ML.Models;

/// <summary>What a file is, which .NET does not tell: whether it is a regular file, how many names it has, whose it is.</summary>
/// <param name="IsRegular">A plain file; not a link, a folder, a pipe, a socket or a device.</param>
/// <param name="IsSpecial">A pipe, a socket or a device, of which opening may never end.</param>
/// <param name="LinkCount">Number of names (hard links).</param>
/// <param name="IsOwn">Whether it belongs to the user of this process.</param>
/// <param name="Device">File system, and with <paramref name="Inode"/> the identity of the file.</param>
/// <param name="Inode">Number in its file system.</param>
/// <remarks>Linux by statx, whose layout is the same on every architecture; macOS by stat with 64-bit inodes; Windows by the handle. Null
/// wherever a system does not tell; the caller then takes the safe way.</remarks>
internal readonly partial record struct HubFileStatus(
    bool IsRegular, bool IsSpecial, uint LinkCount, bool IsOwn, ulong Device, ulong Inode)
{
    private const int CurrentFolder = -100;
    private const int NotFollowed = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;

    private const int TypeMask = 0xf000;
    private const int RegularType = 0x8000;
    private static readonly int[] SpecialTypes = [0x1000, 0x2000, 0x6000, 0xc000];

    /// <summary>Of the name itself: a link is a link.</summary>
    public static HubFileStatus? OfName(string path) =>
        OperatingSystem.IsWindows() ? OfWindowsName(path) : OfUnix(path, null, follow: false);

    /// <summary>Of what the name leads to.</summary>
    public static HubFileStatus? OfTarget(string path) => OperatingSystem.IsWindows() ? null : OfUnix(path, null, follow: true);

    /// <summary>Of an open file.</summary>
    public static HubFileStatus? OfHandle(SafeFileHandle handle) =>
        OperatingSystem.IsWindows() ? OfWindowsHandle(handle) : OfUnix(string.Empty, handle, follow: true);

    private static unsafe HubFileStatus? OfUnix(string path, SafeFileHandle? handle, bool follow)
    {
        // Longer than either structure.
        Span<byte> buffer = stackalloc byte[512];
        try
        {
            fixed (byte* bytes = buffer)
            {
                if (OperatingSystem.IsLinux())
                {
                    var descriptor = handle is null ? CurrentFolder : (int)handle.DangerousGetHandle();
                    var flags = (follow ? 0 : NotFollowed) | (handle is null ? 0 : EmptyPath);
                    return StatX(descriptor, path, flags, BasicStats, bytes) == 0 ? FromLinux(buffer) : null;
                }

                return OperatingSystem.IsMacOS() && StatMacOS(path, handle, follow, bytes) == 0 ? FromMacOS(buffer) : null;
            }
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    private static unsafe int StatMacOS(string path, SafeFileHandle? handle, bool follow, byte* bytes)
    {
        // On x64 the plain names are those of old, with 32-bit inodes.
        var isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        if (handle is not null)
        {
            var descriptor = (int)handle.DangerousGetHandle();
            return isArm ? FStat(descriptor, bytes) : FStat64(descriptor, bytes);
        }

        return (isArm, follow) switch
        {
            (true, true) => Stat(path, bytes),
            (true, false) => LStat(path, bytes),
            (false, true) => Stat64(path, bytes),
            (false, false) => LStat64(path, bytes),
        };
    }

    // linux/stat.h: nlink at 16, uid at 20, mode at 28, inode at 32, device (major, minor) at 136 and 140.
    private static HubFileStatus FromLinux(ReadOnlySpan<byte> s) => Create(
        MemoryMarshal.Read<ushort>(s[28..]),
        MemoryMarshal.Read<uint>(s[16..]),
        MemoryMarshal.Read<uint>(s[20..]),
        MemoryMarshal.Read<ulong>(s[136..]),
        MemoryMarshal.Read<ulong>(s[32..]));

    // sys/stat.h: device at 0, mode at 4, nlink at 6, inode at 8, uid at 16.
    private static HubFileStatus FromMacOS(ReadOnlySpan<byte> s) => Create(
        MemoryMarshal.Read<ushort>(s[4..]),
        MemoryMarshal.Read<ushort>(s[6..]),
        MemoryMarshal.Read<uint>(s[16..]),
        MemoryMarshal.Read<uint>(s),
        MemoryMarshal.Read<ulong>(s[8..]));

    private static HubFileStatus Create(int mode, uint linkCount, uint owner, ulong device, ulong inode) => new(
        (mode & TypeMask) == RegularType, SpecialTypes.Contains(mode & TypeMask), linkCount, owner == GetEffectiveUser(), device, inode);

    private static HubFileStatus? OfWindowsName(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        if (File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint))
        {
            return default(HubFileStatus);
        }

        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return OfWindowsHandle(handle);
    }

    // fileapi.h, BY_HANDLE_FILE_INFORMATION: volume at 28, number of links at 40, index (high, low) at 44 and 48.
    private static unsafe HubFileStatus? OfWindowsHandle(SafeFileHandle handle)
    {
        Span<byte> s = stackalloc byte[52];
        fixed (byte* bytes = s)
        {
            return GetFileInformation(handle, bytes)
                ? new HubFileStatus(
                    true,
                    false,
                    MemoryMarshal.Read<uint>(s[40..]),
                    true,
                    MemoryMarshal.Read<uint>(s[28..]),
                    ((ulong)MemoryMarshal.Read<uint>(s[44..]) << 32) | MemoryMarshal.Read<uint>(s[48..]))
                : null;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int LStat(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "fstat")]
    private static unsafe partial int FStat(int file, byte* status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat64(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int LStat64(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "fstat$INODE64")]
    private static unsafe partial int FStat64(int file, byte* status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    [LibraryImport("kernel32", EntryPoint = "GetFileInformationByHandle", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetFileInformation(SafeFileHandle file, byte* information);
}
