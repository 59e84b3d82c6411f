using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace MaskGen.ML.Checkpoints;

/// <summary>A file as memory of this process: each part is read once, when it is first asked for, and never mapped.</summary>
/// <remarks>
/// What happens to the file afterwards changes nothing of what was read. A file that changes before everything needed of it was read is
/// noticed and refused: one with bytes of two versions would be neither.
/// <para>Safe for concurrent reads, with one exception. Pinning the memory of a tensor lends it, to ONNX Runtime, say; unpinning it gives
/// it back to the system, since it has been used then. The next who asks for the tensor has it read again, but a span taken before is not
/// valid any more.</para>
/// </remarks>
internal sealed unsafe class FileByteSource : ByteSource
{
    // One call reads at most so much: memory that is taken for it is still in the cache when it is filled.
    private const int LongestRead = 1 << 20;
    private const int ChunkLength = PrivatePages.Granularity;

    // Large parts are read together with what surrounds them, in blocks that the system can hold in large pages: the next tensor is
    // wanted next.
    // Small ones are not: the headers of an archive lie all over it.
    private const int BlockLength = 1 << 21;
    private const int ChunksPerBlock = BlockLength / ChunkLength;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly DateTime _lastWriteTime;
    private readonly object _gate = new();
    private readonly bool[] _isLoaded;
    private readonly List<(long Offset, long End)> _pinned = [];
    private readonly PrivatePages _pages;
    private bool _isDisposed;

    private FileByteSource(SafeFileHandle file, string path, long length, DateTime lastWriteTime)
    {
        _file = file;
        _path = path;
        _lastWriteTime = lastWriteTime;
        Length = length;
        _isLoaded = new bool[(length + ChunkLength - 1) / ChunkLength];
        _pages = PrivatePages.TryReserve(length) ?? throw OutOfMemory(path, length);
    }

    public override long Length { get; }

    /// <summary>Opens a file for reading; reads nothing of it yet.</summary>
    /// <exception cref="IOException">The file does not exist or cannot be opened; <see cref="CheckpointFormatException"/> where it is
    /// empty, or no file that can be read at a position.</exception>
    public static FileByteSource Open(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            // The time first: a change between the two then shows in either.
            var lastWriteTime = File.GetLastWriteTimeUtc(file);
            var length = LengthOf(file, path);
            return length > 0
                ? new FileByteSource(file, path, length, lastWriteTime)
                : throw new CheckpointFormatException(path, "expected a checkpoint, found an empty file.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override ReadOnlySpan<byte> GetSpan(long offset, int length)
    {
        Load(offset, length);
        return new ReadOnlySpan<byte>(_pages.Pointer + offset, length);
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _file.Dispose();
            Discard(0, _isLoaded.Length);
            FreeIfUnused();
        }
    }

    protected override bool TryGetFloatView(long offset, int count, out ReadOnlyMemory<float> view)
    {
        // The memory starts at a page, so the offset alone decides.
        var aligned = offset % sizeof(float) == 0;
        Load(offset, (long)count * sizeof(float));
        view = aligned ? new FloatView(this, offset, count).Memory : default;
        return aligned;
    }

    private static long LengthOf(SafeFileHandle file, string path)
    {
        try
        {
            return RandomAccess.GetLength(file);
        }
        catch (NotSupportedException)
        {
            throw new CheckpointFormatException(path, "expected a file, found something without a length: a pipe or a device.");
        }
    }

    private static OutOfMemoryException OutOfMemory(string path, long bytes) =>
        new($"{path}: there is not enough memory for its weights; {bytes} bytes were asked for.");

    /// <summary>Reads what is not there yet of a range.</summary>
    private void Load(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var (first, end) = ((int)(offset / ChunkLength), (int)((offset + length + ChunkLength - 1) / ChunkLength));
        if (AreLoaded(first, end))
        {
            return;
        }

        if (length >= BlockLength / 2)
        {
            first -= first % ChunksPerBlock;
            end = Math.Min((end + ChunksPerBlock - 1) / ChunksPerBlock * ChunksPerBlock, _isLoaded.Length);
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            while (first < end)
            {
                if (_isLoaded[first])
                {
                    first++;
                    continue;
                }

                var next = first + 1;
                while (next < end && !_isLoaded[next])
                {
                    next++;
                }

                Read(first, next);
                first = next;
            }
        }
    }

    private bool AreLoaded(int first, int end)
    {
        for (var chunk = first; chunk < end; chunk++)
        {
            // What another thread has read is seen with the mark that it set afterwards.
            if (!Volatile.Read(ref _isLoaded[chunk]))
            {
                return false;
            }
        }

        return true;
    }

    private void Read(int first, int end)
    {
        var position = (long)first * ChunkLength;
        var stop = Math.Min((long)end * ChunkLength, Length);
        if (!_pages.TryCommit(position, stop - position))
        {
            throw OutOfMemory(_path, stop - position);
        }

        while (position < stop)
        {
            var part = new Span<byte>(_pages.Pointer + position, (int)Math.Min(stop - position, LongestRead));
            var read = RandomAccess.Read(_file, part, position);
            if (read == 0)
            {
                break; // cut off meanwhile, which its length tells
            }

            position += read;
        }

        ThrowIfChanged();
        for (var chunk = first; chunk < end; chunk++)
        {
            Volatile.Write(ref _isLoaded[chunk], true);
        }
    }

    private void ThrowIfChanged()
    {
        var (length, lastWriteTime) = (RandomAccess.GetLength(_file), File.GetLastWriteTimeUtc(_file));
        if (length != Length || lastWriteTime != _lastWriteTime)
        {
            throw new CheckpointFormatException(
                _path,
                $"the file changed while it was read: expected {Length} bytes written at {_lastWriteTime:O}, found {length} bytes "
                + $"written at {lastWriteTime:O}. Load it again when it is complete.");
        }
    }

    private void Pin(long offset, long end)
    {
        lock (_gate)
        {
            Load(offset, end - offset);
            _pinned.Add((offset, end));
        }
    }

    private void Unpin(long offset, long end)
    {
        lock (_gate)
        {
            _pinned.Remove((offset, end));
            if (_isDisposed)
            {
                Discard((int)(offset / ChunkLength), (int)((end + ChunkLength - 1) / ChunkLength));
                FreeIfUnused();
            }
            else
            {
                // Chunks at the ends hold parts of other tensors too.
                Discard((int)((offset + ChunkLength - 1) / ChunkLength), (int)(end / ChunkLength));
            }
        }
    }

    /// <summary>Gives back the memory of chunks that nothing is pinned in.</summary>
    private void Discard(int first, int end)
    {
        for (var chunk = first; chunk < end; chunk++)
        {
            // In runs as long as can be: the system holds memory in pieces larger than a chunk where it can.
            var start = chunk;
            while (chunk < end && _isLoaded[chunk] && !IsPinned(chunk))
            {
                _isLoaded[chunk++] = false;
            }

            if (chunk > start)
            {
                var (from, to) = ((long)start * ChunkLength, Math.Min((long)chunk * ChunkLength, Length));
                _pages.Discard(from, to - from);
            }
        }
    }

    private bool IsPinned(int chunk)
    {
        var start = (long)chunk * ChunkLength;
        return _pinned.Exists(pin => pin.Offset < start + ChunkLength && pin.End > start);
    }

    private void FreeIfUnused()
    {
        if (_pinned.Count == 0)
        {
            _pages.Dispose();
        }
    }

    /// <summary>Float32 values of the file; holds their owner, so that a disposed one is noticed.</summary>
    private sealed class FloatView(FileByteSource owner, long offset, int count) : MemoryManager<float>
    {
        private long End => offset + ((long)count * sizeof(float));

        public override Span<float> GetSpan()
        {
            owner.Load(offset, End - offset);
            return new Span<float>(owner._pages.Pointer + offset, count);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)count);
            owner.Pin(offset, End);
            return new MemoryHandle((float*)(owner._pages.Pointer + offset) + elementIndex, default, this);
        }

        public override void Unpin() => owner.Unpin(offset, End);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
