using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MaskGen.ML.Files;

/// <summary>What the file system says of a file and .NET does not.</summary>
/// <param name="Identity">Tells it apart from every other file, whatever paths and links lead to it.</param>
/// <param name="IsRegular">Whether it is a file of bytes: no folder, link, pipe, socket or device.</param>
/// <param name="IsSpecial">Whether it is a pipe, a socket or a device, of which opening may never end.</param>
/// <param name="LinkCount">Number of its names (hard links).</param>
/// <param name="IsOwn">Whether it belongs to the user of this process; always on Windows.</param>
/// <remarks>Null wherever there is nothing, or the platform (or an old C library) does not tell; the caller then takes the safe way. Linux
/// by statx, whose layout is the same on every architecture, which that of stat is not; macOS by stat with 64-bit inodes, which on x64 has
/// a name of its own; Windows by a handle.</remarks>
internal readonly partial record struct FileStatus(
    FileIdentity Identity, bool IsRegular, bool IsSpecial, uint LinkCount, bool IsOwn)
{
    private const int TypeMask = 0xf000;
    private const int RegularType = 0x8000;
    private static readonly int[] SpecialTypes = [0x1000, 0x2000, 0x6000, 0xc000];
    private static readonly Lazy<uint> EffectiveUser = new(GetEffectiveUser);

    /// <summary>Of the file or folder that a name leads to, links followed.</summary>
    public static FileStatus? OfTarget(string path) =>
        OperatingSystem.IsWindows() ? OfWindowsPath(path) : OfUnix(path, handle: null, follow: true);

    /// <summary>Of the name itself: a link is a link.</summary>
    public static FileStatus? OfName(string path) =>
        OperatingSystem.IsWindows() ? OfWindowsName(path) : OfUnix(path, handle: null, follow: false);

    /// <summary>Of an open file.</summary>
    public static FileStatus? OfHandle(SafeFileHandle handle) =>
        OperatingSystem.IsWindows() ? OfWindowsHandle(handle, isFolder: false) : OfUnix(string.Empty, handle, follow: true);

    private static FileStatus? OfUnix(string path, SafeFileHandle? handle, bool follow)
    {
        const int CurrentFolder = -100, NotFollowed = 0x100, EmptyPath = 0x1000;
        const uint BasicStats = 0x7ff;

        // Longer than either structure.
        Span<byte> status = stackalloc byte[512];
        ref var first = ref MemoryMarshal.GetReference(status);
        try
        {
            if (OperatingSystem.IsLinux())
            {
                var descriptor = handle is null ? CurrentFolder : (int)handle.DangerousGetHandle();
                var flags = (follow ? 0 : NotFollowed) | (handle is null ? 0 : EmptyPath);
                return Statx(descriptor, path, flags, BasicStats, ref first) == 0 ? FromLinux(status) : null;
            }

            return OperatingSystem.IsMacOS() && StatMacOS(path, handle, follow, ref first) == 0 ? FromMacOS(status) : null;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    private static int StatMacOS(string path, SafeFileHandle? handle, bool follow, ref byte status)
    {
        var isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        if (handle is not null)
        {
            var descriptor = (int)handle.DangerousGetHandle();
            return isArm ? FStat(descriptor, ref status) : FStatInode64(descriptor, ref status);
        }

        return (isArm, follow) switch
        {
            (true, true) => Stat(path, ref status),
            (true, false) => LStat(path, ref status),
            (false, true) => StatInode64(path, ref status),
            (false, false) => LStatInode64(path, ref status),
        };
    }

    // linux/stat.h: number of links at 16, user at 20, mode at 28, inode at 32, device (major, minor) at 136 and 140.
    private static FileStatus FromLinux(ReadOnlySpan<byte> status) => Create(
        ((ulong)MemoryMarshal.Read<uint>(status[136..]) << 32) | MemoryMarshal.Read<uint>(status[140..]),
        MemoryMarshal.Read<ulong>(status[32..]),
        MemoryMarshal.Read<ushort>(status[28..]),
        MemoryMarshal.Read<uint>(status[16..]),
        MemoryMarshal.Read<uint>(status[20..]));

    // sys/stat.h: device at 0, mode at 4, number of links at 6, inode at 8, user at 16.
    private static FileStatus FromMacOS(ReadOnlySpan<byte> status) => Create(
        MemoryMarshal.Read<uint>(status),
        MemoryMarshal.Read<ulong>(status[8..]),
        MemoryMarshal.Read<ushort>(status[4..]),
        MemoryMarshal.Read<ushort>(status[6..]),
        MemoryMarshal.Read<uint>(status[16..]));

    private static FileStatus Create(ulong device, ulong inode, int mode, uint linkCount, uint owner) => new(
        new FileIdentity(device, 0, inode),
        (mode & TypeMask) == RegularType,
        SpecialTypes.Contains(mode & TypeMask),
        linkCount,
        owner == EffectiveUser.Value);

    private static FileStatus? OfWindowsName(string path) =>
        !Path.Exists(path) ? null
        : File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint) ? default(FileStatus)
        : OfWindowsPath(path);

    // Opened without access, so that a file in use by others can be asked too, and in the way that folders can be.
    private static FileStatus? OfWindowsPath(string path)
    {
        const uint ShareAll = 7, OpenExisting = 3, BackupSemantics = 0x02000000;
        using var handle = CreateFile(path, access: 0, ShareAll, security: 0, OpenExisting, BackupSemantics, template: 0);
        return handle.IsInvalid ? null : OfWindowsHandle(handle, Directory.Exists(path));
    }

    // FILE_ID_INFO: volume at 0, identifier of 128 bits at 8. BY_HANDLE_FILE_INFORMATION: number of links at 40.
    private static FileStatus? OfWindowsHandle(SafeFileHandle handle, bool isFolder)
    {
        const int FileIdInformation = 18, DiskFile = 1;
        Span<byte> id = stackalloc byte[24];
        Span<byte> information = stackalloc byte[52];
        if (GetFileInformationByHandleEx(handle, FileIdInformation, ref MemoryMarshal.GetReference(id), (uint)id.Length) == 0
            || GetFileInformationByHandle(handle, ref MemoryMarshal.GetReference(information)) == 0)
        {
            return null;
        }

        var isOnDisk = GetFileType(handle) == DiskFile;
        return new FileStatus(
            new FileIdentity(
                BinaryPrimitives.ReadUInt64LittleEndian(id),
                BinaryPrimitives.ReadUInt64LittleEndian(id[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(id[8..])),
            isOnDisk && !isFolder,
            !isOnDisk,
            MemoryMarshal.Read<uint>(information[40..]),
            IsOwn: true);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, ref byte status);

    [LibraryImport("libc", EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LStat(string path, ref byte status);

    [LibraryImport("libc", EntryPoint = "fstat")]
    private static partial int FStat(int file, ref byte status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatInode64(string path, ref byte status);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LStatInode64(string path, ref byte status);

    [LibraryImport("libc", EntryPoint = "fstat$INODE64")]
    private static partial int FStatInode64(int file, ref byte status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateFile(
        string path, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32")]
    private static partial int GetFileInformationByHandleEx(
        SafeFileHandle handle, int informationClass, ref byte information, uint size);

    [LibraryImport("kernel32")]
    private static partial int GetFileInformationByHandle(SafeFileHandle handle, ref byte information);

    [LibraryImport("kernel32")]
    private static partial uint GetFileType(SafeFileHandle handle);
}
