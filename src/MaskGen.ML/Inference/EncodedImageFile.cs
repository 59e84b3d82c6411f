using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>Reads and writes embeddings; the format is described at <see cref="EncodedImage"/>.</summary>
/// <remarks>One code for both ways to read and write: where every read returns a finished task, so do these.</remarks>
internal static class EncodedImageFile
{
    private const int BufferLength = 1 << 20;

    private static readonly string[] TensorNames =
        [Sam2TensorNames.ImageEmbedding, Sam2TensorNames.HighResolutionFeatures0, Sam2TensorNames.HighResolutionFeatures1];

    public static async Task WriteAsync(
        EncodedImage image, Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<float>[] tensors = [image.ImageEmbedding, image.HighResolutionFeatures0, image.HighResolutionFeatures1];
        var layout = EncodedImageLayout.Of(image.InputSize, image.ImageEmbedding.Length) ?? default;
        if (layout.Channels == 0 || layout.Length(1) != tensors[1].Length || layout.Length(2) != tensors[2].Length)
        {
            throw new InvalidOperationException(
                $"Expected the three tensors of an image encoder for an input of {image.InputSize}, found "
                + $"{string.Join(", ", tensors.Select(tensor => tensor.Length))} values.");
        }

        var header = new EncodedImageHeader
        {
            ImageSize = image.ImageSize, Layout = layout, ModelFingerprint = image.ModelFingerprint,
        };
        using (var hash = header.StartHash())
        {
            foreach (var tensor in tensors)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(MemoryMarshal.AsBytes(tensor.Span));
            }

            header = header with { Sha256 = EncodedImageHeader.TextOf(hash) };
        }

        await write(header.Write(TensorNames)).ConfigureAwait(false);
        var buffer = new byte[BufferLength];
        foreach (var tensor in tensors)
        {
            const int Step = BufferLength / sizeof(float);
            for (var start = 0; start < tensor.Length; start += Step)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var length = Math.Min(Step, tensor.Length - start);
                MemoryMarshal.AsBytes(tensor.Span.Slice(start, length)).CopyTo(buffer);
                await write(buffer.AsMemory(0, length * sizeof(float))).ConfigureAwait(false);
            }
        }
    }

    /// <param name="read">Reads some bytes; 0 at the end.</param>
    /// <param name="source">Name for messages.</param>
    /// <param name="toTheEnd">Whether nothing may follow.</param>
    /// <param name="cancellationToken">Checked between reads.</param>
    /// <exception cref="InvalidDataException">It is no embedding.</exception>
    public static async Task<EncodedImage> ReadAsync(
        Func<Memory<byte>, ValueTask<int>> read, string source, bool toTheEnd, CancellationToken cancellationToken)
    {
        var prefix = new byte[sizeof(ulong)];
        var found = await FillAsync(read, prefix, cancellationToken).ConfigureAwait(false);
        var headerLength = found < prefix.Length ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength is < 2 or > EncodedImageHeader.LongestHeader)
        {
            throw new InvalidDataException(
                $"{source}: expected an encoded image, which begins with a header of 2 to {EncodedImageHeader.LongestHeader} bytes; found "
                + $"{(found < prefix.Length ? $"{found} bytes in all" : $"one of {headerLength}")}.");
        }

        var json = new byte[headerLength];
        found = await FillAsync(read, json, cancellationToken).ConfigureAwait(false);
        if (found < json.Length)
        {
            throw CutOff(source, "header", json.Length, found);
        }

        var header = EncodedImageHeader.Read(json, TensorNames, source);
        using var hash = header.StartHash();
        var buffer = new byte[BufferLength];
        var tensors = new float[TensorNames.Length][];
        for (var i = 0; i < tensors.Length; i++)
        {
            var length = header.Layout.Length(i);
            var (values, bytes) = await ReadTensorAsync(read, length, buffer, hash, cancellationToken).ConfigureAwait(false);
            var expected = (long)length * sizeof(float);
            tensors[i] = bytes == expected ? values : throw CutOff(source, TensorNames[i], expected, bytes);
        }

        if (EncodedImageHeader.TextOf(hash) is var sha256 && sha256 != header.Sha256)
        {
            throw new InvalidDataException(
                $"{source}: expected content with the SHA-256 {header.Sha256}, found {sha256}; the file is damaged.");
        }

        if (toTheEnd && await read(buffer.AsMemory(0, 1)).ConfigureAwait(false) > 0)
        {
            throw new InvalidDataException($"{source}: expected nothing after the tensors, found more.");
        }

        return new EncodedImage(
            header.ImageSize, header.Layout.InputSize, tensors[0], tensors[1], tensors[2], header.ModelFingerprint);
    }

    // Memory is taken as bytes come, so that a header alone costs nothing.
    private static async Task<(float[] Values, long Bytes)> ReadTensorAsync(
        Func<Memory<byte>, ValueTask<int>> read, int length, byte[] buffer, IncrementalHash hash, CancellationToken cancellationToken)
    {
        const int Step = BufferLength / sizeof(float);
        var values = new float[Math.Min(length, Step)];
        for (var done = 0; done < length;)
        {
            var wanted = Math.Min(Step, length - done);
            if (values.Length < done + wanted)
            {
                Array.Resize(ref values, (int)Math.Min(length, 2L * values.Length));
            }

            var bytes = buffer.AsMemory(0, wanted * sizeof(float));
            var found = await FillAsync(read, bytes, cancellationToken).ConfigureAwait(false);
            if (found < bytes.Length)
            {
                return (values, ((long)done * sizeof(float)) + found);
            }

            hash.AppendData(bytes.Span);
            bytes.Span.CopyTo(MemoryMarshal.AsBytes(values.AsSpan(done)));
            done += wanted;
        }

        return (values, (long)length * sizeof(float));
    }

    private static async Task<int> FillAsync(
        Func<Memory<byte>, ValueTask<int>> read, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = await read(buffer[total..]).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            total += count;
        }

        return total;
    }

    private static InvalidDataException CutOff(string source, string part, long expected, long found) =>
        new($"{source}: expected {expected} bytes of {part}, found {found}; the file is cut off.");
}
