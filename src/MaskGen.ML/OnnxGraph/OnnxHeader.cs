using System.Globalization;
using Google.Protobuf;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph.Header;

namespace MaskGen.ML.OnnxGraph;

/// <summary>What an ONNX file says of itself: inputs, outputs, and where its weights are.</summary>
internal sealed class OnnxHeader
{
    // The field of a model that holds its graph.
    private const int Graph = 7;

    private OnnxHeader(HeaderModel model)
    {
        // Files of IR version 3 and older list their weights among the inputs.
        var weights = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        Inputs = [.. model.Graph.Input.Where(value => !weights.Contains(value.Name)).Select(OnnxValue.Of)];
        Outputs = [.. model.Graph.Output.Select(OnnxValue.Of)];
        Weights = [.. model.Graph.Initializer.Select(tensor => new OnnxWeight(tensor.DataType, Count(tensor)))];
        ExternalData = [.. Tensors(model.Graph).Where(tensor => tensor.DataLocation == 1).Select(OnnxExternalData.Of)];
    }

    /// <summary>What the graph takes, weights left out.</summary>
    public IReadOnlyList<OnnxValue> Inputs { get; }

    /// <summary>What the graph gives.</summary>
    public IReadOnlyList<OnnxValue> Outputs { get; }

    /// <summary>Type and number of values of each weight.</summary>
    public IReadOnlyList<OnnxWeight> Weights { get; }

    /// <summary>Weights that lie in other files.</summary>
    public IReadOnlyList<OnnxExternalData> ExternalData { get; }

    public OnnxValue? Input(string name) => Inputs.FirstOrDefault(value => value.Name == name);

    public OnnxValue? Output(string name) => Outputs.FirstOrDefault(value => value.Name == name);

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="source">Path or name, for messages.</param>
    /// <exception cref="CheckpointFormatException">It is no ONNX file, or not all of one.</exception>
    public static OnnxHeader Read(ReadOnlySpan<byte> bytes, string source)
    {
        var isOnnx = bytes is [0x08, >= 1 and < 64, ..];
        if (!isOnnx)
        {
            var form = FileForm.NameOf(bytes[..Math.Min(bytes.Length, FileForm.StartLength)]) ?? "something else.";
            throw new CheckpointFormatException(source, $"expected an ONNX file, found {form}");
        }

        if (FindCut(bytes) is { } cut)
        {
            throw new CheckpointFormatException(source, cut);
        }

        HeaderModel model;
        try
        {
            model = HeaderModel.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new CheckpointFormatException(source, $"expected an ONNX file, found a damaged one: {e.Message}", e);
        }

        return model.Graph is null
            ? throw new CheckpointFormatException(source, "expected an ONNX file with a graph, found one without.")
            : new OnnxHeader(model);
    }

    /// <summary>One line about what goes in and comes out.</summary>
    public override string ToString() => $"{List("input", Inputs)}; {List("output", Outputs)}";

    // A file is a sequence of fields, of which the graph is one that says how long it is: what is cut off shows there.
    private static string? FindCut(ReadOnlySpan<byte> bytes)
    {
        var place = 0L;
        var hasGraph = false;
        while (place < bytes.Length)
        {
            if (!TryVarint(bytes, ref place, out var tag))
            {
                return Cut("its end", bytes.Length);
            }

            switch (tag & 7)
            {
                case 0:
                    if (!TryVarint(bytes, ref place, out _))
                    {
                        return Cut("its end", bytes.Length);
                    }

                    break;
                case 2:
                    if (!TryVarint(bytes, ref place, out var length) || length > int.MaxValue || place + (long)length > bytes.Length)
                    {
                        return Cut(
                            length is > 0 and <= int.MaxValue
                                ? string.Create(CultureInfo.InvariantCulture, $"at least {place + (long)length} bytes")
                                : "its end",
                            bytes.Length);
                    }

                    hasGraph |= tag >> 3 == Graph;
                    place += (long)length;
                    break;
                case 1:
                    place += 8;
                    break;
                case 5:
                    place += 4;
                    break;
                default:
                    return "expected an ONNX file, found bytes that are none.";
            }
        }

        return place > bytes.Length ? Cut("its end", bytes.Length)
            : hasGraph ? null
            : "expected an ONNX file with a graph, found one without.";

        static string Cut(string expected, int found) => string.Create(
            CultureInfo.InvariantCulture, $"expected an ONNX file of {expected}, found {found} bytes: the file is cut off.");
    }

    private static bool TryVarint(ReadOnlySpan<byte> bytes, ref long place, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && place < bytes.Length; shift += 7)
        {
            var next = bytes[(int)place++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<HeaderTensor> Tensors(HeaderGraph graph)
    {
        foreach (var tensor in graph.Initializer)
        {
            yield return tensor;
        }

        foreach (var attribute in graph.Node.SelectMany(node => node.Attribute))
        {
            if (attribute.T is not null)
            {
                yield return attribute.T;
            }

            foreach (var tensor in attribute.G is null ? [] : Tensors(attribute.G))
            {
                yield return tensor;
            }
        }
    }

    private static long Count(HeaderTensor tensor) => tensor.Dims.Aggregate(1L, (count, side) => unchecked(count * Math.Max(side, 0)));

    private static string List(string kind, IReadOnlyList<OnnxValue> values)
    {
        const int Most = 10;
        var shown = string.Join(", ", values.Take(Most)) + (values.Count > Most ? ", ..." : string.Empty);
        return $"{kind}{(values.Count == 1 ? string.Empty : "s")} {(values.Count == 0 ? "none" : shown)}";
    }
}

/// <summary>A weight of a file.</summary>
/// <param name="ElementType">Type of its values; see <see cref="OnnxElementTypes"/>.</param>
/// <param name="Count">Number of its values.</param>
internal readonly record struct OnnxWeight(int ElementType, long Count);

/// <summary>Where the values of a weight lie.</summary>
/// <param name="Tensor">Name of the weight.</param>
/// <param name="Location">Name of the file, as the graph has it.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Number of bytes, null where it is not said and does not follow from type and shape.</param>
internal sealed record OnnxExternalData(string Tensor, string Location, long Offset, long? Length)
{
    public static OnnxExternalData Of(HeaderTensor tensor)
    {
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in tensor.ExternalData)
        {
            entries[entry.Key] = entry.Value;
        }

        var count = tensor.Dims.Aggregate(1L, (product, side) => unchecked(product * Math.Max(side, 0)));
        return new OnnxExternalData(
            tensor.Name,
            entries.GetValueOrDefault("location") ?? string.Empty,
            Number("offset") ?? 0,
            Number("length") ?? OnnxElementTypes.BytesOf(tensor.DataType, count));

        long? Number(string key) =>
            entries.TryGetValue(key, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : null;
    }
}

/// <summary>An input or output of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">Type of its values; see <see cref="OnnxElementTypes"/>; 0 for what is no tensor.</param>
/// <param name="Shape">Its sides; null for one that is known only at run time.</param>
/// <param name="Symbols">Names of those sides, empty where they have none.</param>
internal sealed record OnnxValue(string Name, int ElementType, IReadOnlyList<int?> Shape, IReadOnlyList<string> Symbols)
{
    public static OnnxValue Of(HeaderValue value)
    {
        var tensor = value.Type?.TensorType;
        IReadOnlyList<HeaderDimension> sides = tensor?.Shape?.Dim is { } dim ? [.. dim] : [];
        return new OnnxValue(
            value.Name,
            tensor?.ElemType ?? 0,
            [.. sides.Select(side => side.HasDimValue && side.DimValue is > 0 and <= int.MaxValue ? (int)side.DimValue : (int?)null)],
            [.. sides.Select(side => side.DimParam)]);
    }

    /// <summary>A side, null where it is known only at run time, or where there are not so many.</summary>
    public int? Side(int index) => index < Shape.Count ? Shape[index] : null;

    /// <summary>Such as <c>image float32 [1, 3, 1024, 1024]</c>.</summary>
    public override string ToString()
    {
        var sides = Shape.Select((side, i) => side?.ToString(CultureInfo.InvariantCulture) ?? (Symbols[i].Length > 0 ? Symbols[i] : "?"));
        return $"{CheckpointText.Shorten(Name)} {OnnxElementTypes.NameOf(ElementType)} [{string.Join(", ", sides)}]";
    }
}
