using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Checkpoints;

/// <summary>A file mapped into memory: nothing is read before it is touched, and float32 tensors need no copy.</summary>
internal sealed unsafe class MappedByteSource : ByteSource
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly string _path;
    private readonly DateTime _lastWriteTime;
    private byte* _bytes;

    private MappedByteSource(MemoryMappedFile file, MemoryMappedViewAccessor view, string path, DateTime lastWriteTime, long length)
    {
        _file = file;
        _view = view;
        _path = path;
        _lastWriteTime = lastWriteTime;
        Length = length;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
    }

    public override long Length { get; }

    /// <summary>Maps a file for reading.</summary>
    /// <exception cref="IOException">The file does not exist or cannot be opened; <see cref="CheckpointFormatException"/> when it is
    /// empty.</exception>
    public static MappedByteSource Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1);
        try
        {
            var length = stream.Length;
            var lastWriteTime = File.GetLastWriteTimeUtc(stream.SafeFileHandle);
            if (length == 0)
            {
                // An empty file cannot be mapped.
                throw new CheckpointFormatException(path, "expected a checkpoint, found an empty file.");
            }

            var file = MemoryMappedFile.CreateFromFile(
                stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            try
            {
                return new MappedByteSource(
                    file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), path, lastWriteTime, length);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Where in a file values lie that some mapped file gave: for whoever would rather read them there.</summary>
    /// <returns>Null for memory that is no view of a mapping, and where the file at the path is not the mapped one any more.</returns>
    public static FileRegion? Locate(ReadOnlyMemory<float> values) =>
        MemoryMarshal.TryGetMemoryManager(values, out FloatView? view, out var start, out var length) ? view.Locate(start, length) : null;

    public override ReadOnlySpan<byte> GetSpan(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_bytes is null, this);
        return new ReadOnlySpan<byte>(_bytes + offset, length);
    }

    public override void Dispose()
    {
        if (_bytes is not null)
        {
            _bytes = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

    protected override bool TryGetFloatView(long offset, int count, out ReadOnlyMemory<float> view)
    {
        ObjectDisposedException.ThrowIf(_bytes is null, this);

        // The mapping starts at a page, so the offset alone decides.
        var aligned = offset % sizeof(float) == 0;
        view = aligned ? new FloatView(this, offset, count).Memory : default;
        return aligned;
    }

    private FileRegion? Locate(long offset, long length)
    {
        try
        {
            // A cache has links to its files, and what reads them by name may not follow links out of their folder.
            var file = new FileInfo(File.ResolveLinkTarget(_path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(_path));
            return file.Exists && file.Length == Length && file.LastWriteTimeUtc == _lastWriteTime
                ? new FileRegion(file.FullName, offset, length)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone, or moved to where it may not be read by name; the mapping has it still.
            return null;
        }
    }

    /// <summary>Float32 values that lie in the mapping; holds the mapping's owner, so that a disposed one is noticed.</summary>
    private sealed class FloatView(MappedByteSource owner, long offset, int count) : MemoryManager<float>
    {
        public override Span<float> GetSpan()
        {
            ObjectDisposedException.ThrowIf(owner._bytes is null, owner);
            return new Span<float>(owner._bytes + offset, count);
        }

        public FileRegion? Locate(int start, int length) =>
            owner.Locate(offset + ((long)start * sizeof(float)), (long)length * sizeof(float));

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)count);
            ObjectDisposedException.ThrowIf(owner._bytes is null, owner);

            // A mapping does not move: there is nothing to pin.
            return new MemoryHandle((float*)(owner._bytes + offset) + elementIndex, default, this);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
