using System.Buffers.Binary;
using System.IO.Hashing;

namespace MaskGen.ML.Runs;

/// <summary>Where the shards are in the list of images, and by what their lines are known: <c>shards.idx</c>.</summary>
/// <remarks>In the file, little-endian: the position at which each shard begins and at which the last one ends (N + 1 of 64 bits), then
/// XXH3 of the lines of each (N of 64 bits), so that a worker, which reads one shard, notices a list that was changed.</remarks>
internal sealed class ShardIndex
{
    private readonly long[] _positions;
    private readonly ulong[] _hashes;

    /// <summary>Made of what was found in the list.</summary>
    /// <param name="positions">Where each shard begins, and where the last one ends.</param>
    /// <param name="hashes">Of the lines of each.</param>
    public ShardIndex(IEnumerable<long> positions, IEnumerable<ulong> hashes) => (_positions, _hashes) = ([.. positions], [.. hashes]);

    /// <summary>Number of shards.</summary>
    public int Count => _hashes.Length;

    /// <summary>Reads the file; null where its length is that of none.</summary>
    public static ShardIndex? TryParse(ReadOnlySpan<byte> bytes)
    {
        var count = (bytes.Length / sizeof(long) - 1) / 2;
        if (count < 1 || bytes.Length != sizeof(long) * ((2 * count) + 1))
        {
            return null;
        }

        var (positions, hashes) = (new long[count + 1], new ulong[count]);
        for (var i = 0; i <= count; i++)
        {
            positions[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(sizeof(long) * i)..]);
        }

        for (var i = 0; i < count; i++)
        {
            hashes[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(sizeof(long) * (count + 1 + i))..]);
        }

        return new ShardIndex(positions, hashes);
    }

    /// <summary>As it stands in the file.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[sizeof(long) * ((2 * Count) + 1)];
        for (var i = 0; i <= Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(sizeof(long) * i), _positions[i]);
        }

        for (var i = 0; i < Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(sizeof(long) * (Count + 1 + i)), _hashes[i]);
        }

        return bytes;
    }

    /// <summary>Where the lines of a shard are.</summary>
    public (long Start, long End) Place(int shard) => (_positions[shard], _positions[shard + 1]);

    /// <summary>Whether these are the lines of a shard.</summary>
    public bool Fits(int shard, ReadOnlySpan<byte> lines) => XxHash3.HashToUInt64(lines) == _hashes[shard];
}
