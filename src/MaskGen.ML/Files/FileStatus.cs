using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Files;

/// <summary>What the file system says of a file, whatever paths and links lead to it.</summary>
/// <param name="Identity">Tells it apart from every other file.</param>
/// <param name="IsRegular">Whether it is a file of bytes: no folder, pipe or device.</param>
internal readonly partial record struct FileStatus(FileIdentity Identity, bool IsRegular)
{
    /// <summary>The status of a file or folder, links followed.</summary>
    /// <returns>Null where there is nothing, or the platform (or an old C library) does not tell.</returns>
    public static FileStatus? TryGet(string path)
    {
        try
        {
            return OperatingSystem.IsLinux() ? OfLinux(path)
                : OperatingSystem.IsMacOS() ? OfMacOS(path)
                : OperatingSystem.IsWindows() ? OfWindows(path)
                : null;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    // The layout of struct statx is the same on every architecture, which that of struct stat is not.
    private static FileStatus? OfLinux(string path)
    {
        const int CurrentFolder = -100;
        const uint TypeAndInode = 0x101;
        Span<byte> status = stackalloc byte[256];
        if (Statx(CurrentFolder, path, flags: 0, TypeAndInode, ref MemoryMarshal.GetReference(status)) != 0)
        {
            return null;
        }

        var device = ((ulong)MemoryMarshal.Read<uint>(status[136..]) << 32) | MemoryMarshal.Read<uint>(status[140..]);
        return new(new(device, 0, MemoryMarshal.Read<ulong>(status[32..])), IsRegularMode(MemoryMarshal.Read<ushort>(status[28..])));
    }

    // struct stat with 64-bit inodes, which on x64 goes by a name of its own.
    private static FileStatus? OfMacOS(string path)
    {
        Span<byte> status = stackalloc byte[256];
        ref var first = ref MemoryMarshal.GetReference(status);
        var result = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? StatInode64(path, ref first) : Stat(path, ref first);
        return result != 0
            ? null
            : new(
                new(MemoryMarshal.Read<uint>(status), 0, MemoryMarshal.Read<ulong>(status[8..])),
                IsRegularMode(MemoryMarshal.Read<ushort>(status[4..])));
    }

    private static bool IsRegularMode(ushort mode) => (mode & 0xF000) == 0x8000;

    // Opened without access, so that a file in use by others can be asked too, and in the way that folders can be.
    private static FileStatus? OfWindows(string path)
    {
        const uint ShareAll = 7, OpenExisting = 3, BackupSemantics = 0x02000000;
        const int FileIdInformation = 18, DiskFile = 1;
        var handle = CreateFile(path, access: 0, ShareAll, security: 0, OpenExisting, BackupSemantics, template: 0);
        if (handle == -1)
        {
            return null;
        }

        try
        {
            Span<byte> id = stackalloc byte[24];
            return GetFileInformationByHandleEx(handle, FileIdInformation, ref MemoryMarshal.GetReference(id), (uint)id.Length) == 0
                ? null
                : new(
                    new(
                        BinaryPrimitives.ReadUInt64LittleEndian(id),
                        BinaryPrimitives.ReadUInt64LittleEndian(id[16..]),
                        BinaryPrimitives.ReadUInt64LittleEndian(id[8..])),
                    GetFileType(handle) == DiskFile && !Directory.Exists(path));
        }
        finally
        {
            _ = CloseHandle(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, ref byte status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatInode64(string path, ref byte status);

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", StringMarshalling = StringMarshalling.Utf16)]
    private static partial nint CreateFile(
        string path, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32")]
    private static partial int GetFileInformationByHandleEx(nint handle, int informationClass, ref byte information, uint size);

    [LibraryImport("kernel32")]
    private static partial uint GetFileType(nint handle);

    [LibraryImport("kernel32")]
    private static partial int CloseHandle(nint handle);
}

/// <summary>A file by its volume and its number there: the same for all of its names.</summary>
internal readonly record struct FileIdentity(ulong Volume, ulong High, ulong Low);
