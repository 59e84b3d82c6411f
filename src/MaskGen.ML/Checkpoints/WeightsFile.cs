using System.Buffers.Binary;

namespace MaskGen.ML.Checkpoints;

/// <summary>Opens weights by what the file begins with rather than by its name: people rename files.</summary>
internal static class WeightsFile
{
    // The reader reports a header that does not fit the file better than "something else" does.
    private const ulong LongestHeader = 100_000_000;

    private static readonly string[] TorchExtensions = [".pt", ".pth", ".bin", ".ckpt"];

    /// <summary>Opens a file of torch.save, a safetensors file, or the index of several of them.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Its tensors under their own names; the caller disposes it.</returns>
    /// <exception cref="CheckpointFormatException">The file is none of these, or is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read, or is not there.</exception>
    public static ICheckpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ShardIndex.IsIndex(path) ? ShardedWeights.Open(path) : OpenSingle(path);
    }

    /// <summary>The same for a file that is no index.</summary>
    public static ICheckpoint OpenSingle(string path)
    {
        var bytes = RegularFile.Open(path, FileByteSource.Open);
        try
        {
            var start = bytes.GetSpan(0, (int)Math.Min(bytes.Length, FileForm.StartLength));
            if (ZipDirectory.IsZip(bytes) || TorchLegacyFile.IsLegacy(start))
            {
                return TorchCheckpointReader.Read(bytes, path, isFile: true);
            }

            if (!IsSafetensors(start) && FileForm.NameOf(start) is { } form)
            {
                throw new CheckpointFormatException(path, $"expected weights (safetensors, or a file of torch.save), found {form}");
            }

            return TorchExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) && !IsSafetensors(start)
                ? TorchCheckpointReader.Read(bytes, path, isFile: true)
                : SafetensorsReader.Read(bytes, path, isFile: true);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    // A length and the beginning of a JSON object.
    private static bool IsSafetensors(ReadOnlySpan<byte> start) =>
        start.Length > SafetensorsHeader.PrefixLength
        && start[SafetensorsHeader.PrefixLength] == (byte)'{'
        && BinaryPrimitives.ReadUInt64LittleEndian(start) <= LongestHeader;
}
