using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace MaskGen.ML.Checkpoints;

/// <summary>Where a tensor lies in a safetensors file.</summary>
/// <param name="Description">Type and shape.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Number of bytes.</param>
internal readonly record struct SafetensorsEntry(TensorDescription Description, long Offset, long Length);

/// <summary>Reads and checks the header of a safetensors file.</summary>
/// <remarks>Layout: a little-endian 64-bit length n; n bytes of JSON {name: {dtype, shape, data_offsets: [begin, end)}}, plus
/// an optional "__metadata__"; then the data, which the tensors must fill without gap and without overlap. Tensors of types that are not
/// read, known or not, are listed as such.
/// Source of the rules: the format section of the safetensors project's README.</remarks>
internal static class SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";

    public const int PrefixLength = sizeof(ulong);

    // The format's own limit, and limits far above any SAM 2 (about 1000 tensors, names under 100 bytes, rank 4) with its optimizer,
    // that keep what a hostile header costs small against the file itself. PyTorch knows no more than 64 dimensions.
    private const int LongestHeader = 100_000_000;
    private const int LongestName = 1024;
    private const int MostTensors = 16_384;
    private const int MostDimensions = 64;

    /// <summary>Reads the header.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">Anything about the header is wrong, or the tensors do not exactly fill the
    /// file.</exception>
    public static Dictionary<string, SafetensorsEntry> Read(ByteSource bytes, string source)
    {
        if (bytes.Length < PrefixLength)
        {
            throw new CheckpointFormatException(
                source, $"expected a safetensors file of at least {PrefixLength} bytes, found {bytes.Length}.");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.GetSpan(0, PrefixLength));
        var longest = Math.Min(LongestHeader, bytes.Length - PrefixLength);
        if (length < 2 || length > (ulong)longest)
        {
            throw new CheckpointFormatException(
                source,
                $"header length: expected 2 to {longest} bytes in a file of {bytes.Length}, found {length}; the file is cut off or no "
                + "safetensors.");
        }

        var json = bytes.GetSpan(PrefixLength, (int)length);
        if (json[0] != (byte)'{')
        {
            throw new CheckpointFormatException(
                source, $"header: expected '{{' as its first byte, found 0x{json[0]:x2}; this is no safetensors file.");
        }

        try
        {
            var parser = new Parser(json, source, PrefixLength + (long)length, bytes.Length);
            return parser.Parse();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Utf8JsonReader tells of text that is no UTF-8 by InvalidOperationException.
            throw new CheckpointFormatException(source, $"header: expected JSON, found a defect: {CheckpointText.Clean(e.Message)}", e);
        }
    }

    private ref struct Parser(ReadOnlySpan<byte> json, string source, long dataStart, long fileLength)
    {
        private readonly Dictionary<string, SafetensorsEntry> _entries = [];
        private Utf8JsonReader _reader = new(json);

        public Dictionary<string, SafetensorsEntry> Parse()
        {
            Expect(JsonTokenType.StartObject, "header");
            var hasMetadata = false;
            while (NextProperty("header") is { } name)
            {
                if (name != MetadataKey)
                {
                    ReadTensor(name);
                }
                else if (hasMetadata)
                {
                    throw new CheckpointFormatException(source, $"header: expected one '{MetadataKey}', found two.");
                }
                else
                {
                    // Whatever somebody has written there says nothing of the tensors.
                    hasMetadata = true;
                    _reader.Skip();
                }
            }

            if (_reader.Read())
            {
                throw new CheckpointFormatException(source, "header: expected nothing after the JSON object.");
            }

            CheckDataIsFilled();
            return _entries;
        }

        private void ReadTensor(string name)
        {
            if (_entries.Count == MostTensors)
            {
                throw new CheckpointFormatException(source, $"header: expected at most {MostTensors} tensors, found more.");
            }

            string? type = null;
            ImmutableArray<int> shape = default;
            (long Begin, long End)? offsets = null;
            Expect(JsonTokenType.StartObject, name);
            while (NextProperty(name) is { } field)
            {
                switch (field)
                {
                    case "dtype" when type is null:
                        type = ReadType(name);
                        break;
                    case "shape" when shape.IsDefault:
                        shape = ReadShape(name);
                        break;
                    case "data_offsets" when offsets is null:
                        offsets = ReadOffsets(name);
                        break;
                    default:
                        throw new CheckpointFormatException(source, name, "dtype, shape and data_offsets, each once", $"'{field}'");
                }
            }

            if (type is null || shape.IsDefault || offsets is not var (begin, end))
            {
                throw new CheckpointFormatException(source, name, "dtype, shape and data_offsets", "one of them missing");
            }

            CheckSize(name, type, shape, end - begin);
            if (!_entries.TryAdd(name, new SafetensorsEntry(SafetensorsTypes.Describe(type, shape), dataStart + begin, end - begin)))
            {
                throw new CheckpointFormatException(source, name, "one tensor of that name", "two");
            }
        }

        private string ReadType(string name)
        {
            Expect(JsonTokenType.String, name);
            return _reader.ValueSpan.Length <= SafetensorsTypes.LongestName
                ? _reader.GetString()!
                : throw new CheckpointFormatException(source, name, "a dtype such as F32", $"'{ShortText()}'");
        }

        private ImmutableArray<int> ReadShape(string name)
        {
            Expect(JsonTokenType.StartArray, name);
            Span<int> dimensions = stackalloc int[MostDimensions];
            var rank = 0;
            while (_reader.Read() && _reader.TokenType == JsonTokenType.Number)
            {
                if (rank == MostDimensions)
                {
                    throw new CheckpointFormatException(source, name, $"a shape of at most {MostDimensions} dimensions", "more");
                }

                if (!_reader.TryGetInt32(out dimensions[rank]) || dimensions[rank] < 0)
                {
                    throw new CheckpointFormatException(source, name, $"a shape of whole numbers from 0 to {int.MaxValue}", ShortText());
                }

                rank++;
            }

            if (_reader.TokenType != JsonTokenType.EndArray)
            {
                throw new CheckpointFormatException(source, name, "a shape of whole numbers", _reader.TokenType.ToString());
            }

            return [.. dimensions[..rank]];
        }

        private (long Begin, long End) ReadOffsets(string name)
        {
            Expect(JsonTokenType.StartArray, name);
            var begin = ReadOffset(name);
            var end = ReadOffset(name);
            Expect(JsonTokenType.EndArray, name);
            return begin <= end && end <= fileLength - dataStart
                ? (begin, end)
                : throw new CheckpointFormatException(
                    source,
                    name,
                    $"data_offsets in ascending order inside the {fileLength - dataStart} bytes of data",
                    $"[{begin}, {end}]");
        }

        private long ReadOffset(string name)
        {
            Expect(JsonTokenType.Number, name);
            return _reader.TryGetInt64(out var offset) && offset >= 0
                ? offset
                : throw new CheckpointFormatException(source, name, "data_offsets of two whole numbers, not negative", ShortText());
        }

        // A type that is not known may have any size.
        private readonly void CheckSize(string name, string type, ImmutableArray<int> shape, long found)
        {
            if (SafetensorsTypes.SizeInBytes(type, shape) is { } size && size != found)
            {
                throw new CheckpointFormatException(source, name, $"{size} bytes for {type} {CheckpointText.Shape(shape)}", $"{found}");
            }
        }

        private readonly void CheckDataIsFilled()
        {
            var position = dataStart;
            foreach (var (name, entry) in _entries.OrderBy(e => e.Value.Offset).ThenBy(e => e.Value.Length))
            {
                if (entry.Offset != position)
                {
                    throw new CheckpointFormatException(
                        source,
                        name,
                        $"data at offset {position - dataStart}, where the tensor before it ends",
                        $"offset {entry.Offset - dataStart}: a gap or an overlap");
                }

                position += entry.Length;
            }

            if (position != fileLength)
            {
                throw new CheckpointFormatException(source, $"expected {position} bytes, as the header says, found {fileLength}.");
            }
        }

        private string? NextProperty(string where)
        {
            if (!_reader.Read() || _reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.EndObject))
            {
                throw CheckpointFormatException.ForField(source, where, "a name or the end of the object", _reader.TokenType.ToString());
            }

            if (_reader.TokenType == JsonTokenType.EndObject)
            {
                return null;
            }

            return _reader.ValueSpan.Length <= LongestName
                ? _reader.GetString()
                : throw new CheckpointFormatException(
                    source, $"header: expected names of at most {LongestName} bytes, found one of {_reader.ValueSpan.Length}.");
        }

        private void Expect(JsonTokenType type, string where)
        {
            if (!_reader.Read() || _reader.TokenType != type)
            {
                throw CheckpointFormatException.ForField(source, where, type.ToString(), _reader.TokenType.ToString());
            }
        }

        private readonly string ShortText() => CheckpointText.Shorten(_reader.ValueSpan);
    }
}
