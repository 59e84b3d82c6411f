using System.Runtime.InteropServices;

namespace MaskGen.ML.Checkpoints;

/// <summary>Checkpoint bytes held in memory, for what comes out of a resource or an archive.</summary>
/// <remarks>They are kept as float32 so that aligned tensors need no second copy.</remarks>
internal sealed class MemoryByteSource : ByteSource
{
    // What to begin with where nothing is known.
    private const int FirstLength = 1 << 16;

    private readonly float[] _storage;

    private MemoryByteSource(float[] storage, long length)
    {
        _storage = storage;
        Length = length;
    }

    public override long Length { get; }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The bytes; stays open.</param>
    public static MemoryByteSource Read(Stream stream) => Read(stream, long.MaxValue);

    /// <summary>Reads a stream to its end, or until more than so many bytes have come.</summary>
    /// <param name="stream">The bytes; stays open.</param>
    /// <param name="limit">Number of bytes above which reading stops.</param>
    public static MemoryByteSource ReadAtMost(Stream stream, int limit) => Read(stream, (long)limit);

    public override ReadOnlySpan<byte> GetSpan(long offset, int length)
    {
        var first = (int)(offset / sizeof(float));
        var skip = (int)(offset % sizeof(float));
        var floats = _storage.AsSpan(first, (int)Math.Min(_storage.Length - first, ((long)skip + length + 3) / sizeof(float)));
        return MemoryMarshal.AsBytes(floats).Slice(skip, length);
    }

    public override void Dispose()
    {
    }

    protected override bool TryGetFloatView(long offset, int count, out ReadOnlyMemory<float> view)
    {
        var aligned = offset % sizeof(float) == 0;
        view = aligned ? _storage.AsMemory((int)(offset / sizeof(float)), count) : default;
        return aligned;
    }

    private static MemoryByteSource Read(Stream stream, long limit)
    {
        // What can be sought in has its bytes already. One byte more than that, so that the end is found without growing once again.
        var storage = new float[FloatsFor((stream.CanSeek ? Math.Min(stream.Length - stream.Position, limit) : FirstLength) + 1)];
        long length = 0;
        while (true)
        {
            var free = FreePart(storage, length);
            if (free.IsEmpty)
            {
                Array.Resize(ref storage, FloatsFor(length + Math.Max(length / 2, 4096)));
                free = FreePart(storage, length);
            }

            var read = stream.Read(free);
            if (read == 0 || length + read > limit)
            {
                return new MemoryByteSource(storage, length + read);
            }

            length += read;
        }
    }

    private static int FloatsFor(long bytes) => checked((int)((bytes + sizeof(float) - 1) / sizeof(float)));

    // At most a quarter of what a span of bytes can address, so that the view itself cannot overflow.
    private static Span<byte> FreePart(float[] storage, long length)
    {
        var first = (int)(length / sizeof(float));
        var floats = storage.AsSpan(first, Math.Min(storage.Length - first, int.MaxValue / 16));
        return MemoryMarshal.AsBytes(floats)[Math.Min((int)(length % sizeof(float)), floats.Length * sizeof(float))..];
    }
}
