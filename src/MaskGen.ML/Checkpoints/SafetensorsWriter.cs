using System.Buffers;
using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MaskGen.ML.Checkpoints;

/// <summary>Writes safetensors, one tensor in memory at a time.</summary>
internal static class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    /// <summary>Writes tensors whose values are asked for one after the other.</summary>
    /// <param name="destination">Receives the bytes; stays open.</param>
    /// <param name="tensors">Names, stored types (float32 or float16) and shapes; written in the ordinal order of their names.</param>
    /// <param name="values">Gives the values of a tensor, row-major, as many as its shape says.</param>
    public static void Write(
        Stream destination,
        IReadOnlyCollection<(string Name, TensorDescription Description)> tensors,
        Func<string, ReadOnlyMemory<float>> values)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(values);
        var unwritable = tensors.FirstOrDefault(
            t => t.Description.ElementType is not (TensorElementType.Float32 or TensorElementType.Float16));
        if (unwritable is { Name: { } name, Description: { } description })
        {
            throw new ArgumentOutOfRangeException(nameof(tensors), $"tensor '{name}': expected F32 or F16, found {description.TypeName}.");
        }

        var ordered = tensors.OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
        WriteHeader(destination, ordered);
        foreach (var tensor in ordered)
        {
            WriteValues(destination, tensor.Name, tensor.Description, values(tensor.Name).Span);
        }
    }

    private static void WriteHeader(Stream destination, List<(string Name, TensorDescription Description)> tensors)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(SafetensorsHeader.MetadataKey);
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            long position = 0;
            foreach (var (name, description) in tensors)
            {
                var end = position + (description.Count * TensorElements.SizeInBytes(description.ElementType));
                WriteEntry(writer, name, description, position, end);
                position = end;
            }

            writer.WriteEndObject();
        }

        // Spaces up to a multiple of eight: the data then starts where any element type is aligned.
        var padding = (HeaderAlignment - (json.WrittenCount % HeaderAlignment)) % HeaderAlignment;
        json.GetSpan(HeaderAlignment)[..padding].Fill((byte)' ');
        json.Advance(padding);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)json.WrittenCount);
        destination.Write(prefix);
        destination.Write(json.WrittenSpan);
    }

    private static void WriteEntry(Utf8JsonWriter writer, string name, TensorDescription description, long begin, long end)
    {
        writer.WriteStartObject(name);
        writer.WriteString("dtype", TensorElements.NameOf(description.ElementType));
        writer.WriteStartArray("shape");
        foreach (var dimension in description.Shape)
        {
            writer.WriteNumberValue(dimension);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(begin);
        writer.WriteNumberValue(end);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteValues(Stream destination, string name, TensorDescription description, ReadOnlySpan<float> values)
    {
        if (values.Length != description.Count)
        {
            throw new ArgumentException(
                $"tensor '{name}': expected {description.Count} values for {CheckpointText.Shape(description.Shape)}, found "
                + $"{values.Length}.",
                nameof(values));
        }

        const int Step = 1 << 16;
        var halves = description.ElementType == TensorElementType.Float16 ? new Half[Math.Min(Step, values.Length)] : [];
        for (; !values.IsEmpty; values = values[Math.Min(Step, values.Length)..])
        {
            var part = values[..Math.Min(Step, values.Length)];
            if (description.ElementType == TensorElementType.Float16)
            {
                TensorPrimitives.ConvertToHalf(part, halves);
                destination.Write(MemoryMarshal.AsBytes(halves.AsSpan(0, part.Length)));
            }
            else
            {
                destination.Write(MemoryMarshal.AsBytes(part));
            }
        }
    }
}
