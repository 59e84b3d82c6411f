using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Inference;

/// <summary>Header of the file of an embedding: that of a safetensors file, with metadata.</summary>
internal sealed record EncodedImageHeader
{
    /// <summary>Far more than a header takes.</summary>
    public const int LongestHeader = 1 << 14;

    private const string Format = "maskgen.encoded_image";
    private const int Version = 1;
    private const int MaximumDepth = 4;

    public required ImageSize ImageSize { get; init; }

    public required EncodedImageLayout Layout { get; init; }

    public string? ModelFingerprint { get; init; }

    /// <summary>Hash of what stands here and of the tensors.</summary>
    public string Sha256 { get; init; } = string.Empty;

    public static string TextOf(IncrementalHash hash) => Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();

    /// <summary>Reads and checks everything.</summary>
    /// <exception cref="InvalidDataException">It is no such header, or that of a later version.</exception>
    public static EncodedImageHeader Read(ReadOnlyMemory<byte> json, IReadOnlyList<string> tensorNames, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaximumDepth });
            return Read(document.RootElement, tensorNames, source);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is what text that is no Unicode gives.
            throw new InvalidDataException($"{source}: expected the JSON header of an encoded image, found something else.", e);
        }
    }

    /// <summary>Begins the hash with what stands here; the tensors follow.</summary>
    public IncrementalHash StartHash()
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{Version} {ImageSize.Width} {ImageSize.Height} {Layout.InputSize} {ModelFingerprint ?? "-"}\n")));
        return hash;
    }

    /// <summary>Length and JSON.</summary>
    public byte[] Write(IReadOnlyList<string> tensorNames)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(SafetensorsHeader.MetadataKey);
            writer.WriteString("format", Format);
            Write("version", Version);
            Write("image_width", ImageSize.Width);
            Write("image_height", ImageSize.Height);
            Write("input_size", Layout.InputSize);
            if (ModelFingerprint is not null)
            {
                writer.WriteString("model_fingerprint", ModelFingerprint);
            }

            writer.WriteString("sha256", Sha256);
            writer.WriteEndObject();
            WriteTensors(writer, tensorNames);
            writer.WriteEndObject();

            void Write(string name, int value) => writer.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        }

        // Spaces up to a multiple of eight, so that the tensors are aligned in the file.
        var length = (json.WrittenCount + 7) / 8 * 8;
        var bytes = new byte[sizeof(ulong) + length];
        bytes.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)length);
        json.WrittenSpan.CopyTo(bytes.AsSpan(sizeof(ulong)));
        return bytes;
    }

    private static EncodedImageHeader Read(JsonElement root, IReadOnlyList<string> tensorNames, string source)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty(SafetensorsHeader.MetadataKey, out var metadata) || metadata.ValueKind != JsonValueKind.Object
            || Text("format") != Format)
        {
            throw new InvalidDataException($"{source}: expected an encoded image (metadata with the format {Format}), found another file.");
        }

        if (Number("version") is var version && version != Version)
        {
            throw new InvalidDataException(
                $"{source}: expected an encoded image of the format's version {Version}, found version {version}, which a later MaskGen.ML "
                + "reads.");
        }

        var size = new ImageSize(Number("image_width"), Number("image_height"));
        if (EncodedImage.SizeProblem(size) is { } problem)
        {
            throw new InvalidDataException($"{source}: {problem}");
        }

        if (Number("input_size") is var inputSize && !EncodedImageLayout.IsInputSize(inputSize))
        {
            throw Unlike("input_size", "a multiple of 32 from 32 to 16384");
        }

        var fingerprint = metadata.TryGetProperty("model_fingerprint", out _) ? Text("model_fingerprint") : null;
        if (fingerprint is not null && !EncodedImage.IsFingerprint(fingerprint))
        {
            throw Unlike("model_fingerprint", "32 lower-case hexadecimal digits");
        }

        return new EncodedImageHeader
        {
            ImageSize = size,
            Layout = ReadLayout(root, inputSize, tensorNames, source),
            ModelFingerprint = fingerprint,
            Sha256 = Text("sha256") ?? throw Unlike("sha256", "a hash"),
        };

        string? Text(string name) =>
            metadata.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        int Number(string name) => int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Unlike(name, "a whole number, as a string");

        InvalidDataException Unlike(string name, string expected) => new(
            $"{source}: metadata '{name}': expected {expected}, found "
            + $"{(metadata.TryGetProperty(name, out var value) ? CheckpointText.Shorten(value.GetRawText()) : "none")}.");
    }

    // The channels come from the shape of the first tensor; everything else follows from them.
    private static EncodedImageLayout ReadLayout(JsonElement root, int inputSize, IReadOnlyList<string> tensorNames, string source)
    {
        var channels = root.TryGetProperty(tensorNames[0], out var first) && first.ValueKind == JsonValueKind.Object
            && first.TryGetProperty("shape", out var shape) && shape.ValueKind == JsonValueKind.Array && shape.GetArrayLength() == 4
            && shape[1].ValueKind == JsonValueKind.Number && shape[1].TryGetInt32(out var number)
                ? number
                : 0;
        var side = (long)(inputSize / 16);
        var layout = EncodedImageLayout.Of(inputSize, channels * side * side)
            ?? throw new InvalidDataException(
                $"{source}: tensor '{tensorNames[0]}': expected the shape [1, d, {side}, {side}] with d a multiple of 8, of 256 MiB "
                + $"at most; found {(channels == 0 ? "none" : $"d = {channels}")}.");
        var expected = new EncodedImageHeader { ImageSize = default, Layout = layout }.Tensors(tensorNames);
        foreach (var (name, text) in expected)
        {
            var found = root.TryGetProperty(name, out var tensor) ? Compact(tensor) : "none";
            if (found != text)
            {
                throw new InvalidDataException($"{source}: tensor '{name}': expected {text}, found {CheckpointText.Shorten(found)}.");
            }
        }

        var count = root.EnumerateObject().Count();
        return count == expected.Count + 1
            ? layout
            : throw new InvalidDataException(
                $"{source}: expected {SafetensorsHeader.MetadataKey} and {expected.Count} tensors in the header, found {count} entries.");
    }

    private void WriteTensors(Utf8JsonWriter writer, IReadOnlyList<string> names)
    {
        foreach (var (name, text) in Tensors(names))
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(text);
        }
    }

    /// <summary>The entries of the tensors, in the order of their data.</summary>
    private List<(string Name, string Json)> Tensors(IReadOnlyList<string> names)
    {
        var tensors = new List<(string, string)>();
        long begin = 0;
        for (var i = 0; i < names.Count; i++)
        {
            var end = begin + ((long)Layout.Length(i) * sizeof(float));
            tensors.Add((names[i], string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"dtype":"F32","shape":[{{string.Join(',', Layout.Shapes[i])}}],"data_offsets":[{{begin}},{{end}}]}""")));
            begin = end;
        }

        return tensors;
    }

    // Without the spaces that somebody else may have written.
    private static string Compact(JsonElement element)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            element.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
