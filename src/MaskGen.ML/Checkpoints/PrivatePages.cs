using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MaskGen.ML.Checkpoints;

/// <summary>Memory of this process alone that can be given back to the system in parts.</summary>
/// <remarks>An allocator cannot do that: what is freed into <c>malloc</c> or the garbage-collected heap may stay with the process, and
/// while a model is loaded its weights would be in memory twice. Parts are counted in <see cref="Granularity"/>.</remarks>
internal sealed unsafe partial class PrivatePages : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Bytes of one part: a multiple of the page size on every platform.</summary>
    public const int Granularity = 1 << 16;

    // Windows.
    private const uint MemCommit = 0x1000;
    private const uint MemReserve = 0x2000;
    private const uint MemDecommit = 0x4000;
    private const uint MemRelease = 0x8000;
    private const uint PageNoAccess = 1;
    private const uint PageReadWrite = 4;

    // Unix. Only these differ between Linux and the others (Apple's systems, FreeBSD).
    private const int ProtReadWrite = 3;
    private const int MapPrivate = 2;
    private const int MapFixed = 0x10;
    private const int AdviceDontNeed = 4;
    private const int AdviceHugePage = 14;
    private const int HugePage = 1 << 21;
    private static readonly int MapAnonymous = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 0x20 : 0x1000;
    private static readonly int MapNoReserve = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 0x4000 : 0x40;

    private readonly nuint _length;
    private readonly nuint _offset;

    /// <param name="start">What the system gave.</param>
    /// <param name="length">How much.</param>
    /// <param name="offset">Where in it the first byte is.</param>
    private PrivatePages(byte* start, nuint length, nuint offset)
        : base(ownsHandle: true)
    {
        _length = length;
        _offset = offset;
        SetHandle((nint)start);
    }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (byte*)handle + _offset;
        }
    }

    /// <summary>Takes address space; it costs no memory until it is committed and written.</summary>
    /// <returns>Null where there is no room.</returns>
    public static PrivatePages? TryReserve(long length)
    {
        // Begun where a large page may begin.
        var alignment = length >= HugePage && !OperatingSystem.IsWindows() ? HugePage : 0;
        if ((ulong)length + (ulong)alignment > nuint.MaxValue)
        {
            return null;
        }

        var size = (nuint)(length + alignment);
        var start = OperatingSystem.IsWindows()
            ? VirtualAlloc(null, size, MemReserve, PageNoAccess)
            : MemoryMap(null, size, ProtReadWrite, MapPrivate | MapAnonymous | MapNoReserve, -1, 0);
        var offset = alignment == 0 ? 0 : (nuint)(-(nint)start & (HugePage - 1));
        return start is null || start == (byte*)-1 ? null : new PrivatePages(start, size, offset);
    }

    /// <summary>Makes a part writable; it reads as zeros, unless it was committed before.</summary>
    /// <returns>False where there is not enough memory.</returns>
    public bool TryCommit(long offset, long length)
    {
        if (OperatingSystem.IsWindows())
        {
            return VirtualAlloc(Pointer + offset, (nuint)length, MemCommit, PageReadWrite) is not null;
        }

        if (length >= HugePage && (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid()))
        {
            // Where the system has such pages: to take memory in small ones costs more than to read a file into it.
            _ = MemoryAdvise(Pointer + offset, (nuint)length, AdviceHugePage);
        }

        return true;
    }

    /// <summary>Gives the memory of a part back and keeps its address space. It must be committed again before it is used.</summary>
    /// <param name="offset">A multiple of <see cref="Granularity"/>.</param>
    /// <param name="length">Likewise, or up to the end.</param>
    public void Discard(long offset, long length)
    {
        // Where the system refuses, the memory stays until everything is given back; nothing else is lost.
        if (OperatingSystem.IsWindows())
        {
            _ = VirtualFree(Pointer + offset, (nuint)length, MemDecommit);
        }
        else if (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid())
        {
            _ = MemoryAdvise(Pointer + offset, (nuint)length, AdviceDontNeed);
        }
        else
        {
            // Elsewhere that advice is a mere hint; fresh pages in place of the old ones free them.
            _ = MemoryMap(
                Pointer + offset, (nuint)length, ProtReadWrite, MapPrivate | MapAnonymous | MapNoReserve | MapFixed, -1, 0);
        }
    }

    protected override bool ReleaseHandle() =>
        OperatingSystem.IsWindows() ? VirtualFree((byte*)handle, 0, MemRelease) != 0 : MemoryUnmap((byte*)handle, _length) == 0;

    [LibraryImport("kernel32")]
    private static partial byte* VirtualAlloc(byte* address, nuint size, uint allocationType, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(byte* address, nuint size, uint freeType);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* MemoryMap(byte* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MemoryUnmap(byte* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(byte* address, nuint length, int advice);
}
