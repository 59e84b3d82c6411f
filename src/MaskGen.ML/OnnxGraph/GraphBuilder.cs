using System.Runtime.InteropServices;
using Google.Protobuf;
using MaskGen.ML.OnnxGraph.Protobuf;

namespace MaskGen.ML.OnnxGraph;

/// <summary>Builds an ONNX graph node by node. The operators are in the partial files beside this one, a file per family.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed partial class GraphBuilder
{
    /// <summary>What the models say of who has made them.</summary>
    public const string ProducerName = "MaskGen.ML";

    // Opset 20 is the first with an exact Gelu; IR version 9 belongs to it.
    private const int OperatorSetVersion = 20;
    private const int IrVersion = 9;

    // ONNX Runtime's own operators (MultiHeadAttention, MatMulIntegerToFloat).
    private const string OnnxRuntimeDomain = "com.microsoft";

    private readonly GraphProto _graph;
    private readonly List<GraphInitializer> _initializers = [];
    private readonly Dictionary<string, GraphValue> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _nameCounts = new(StringComparer.Ordinal);
    private bool _usesOnnxRuntimeDomain;

    public GraphBuilder(string name)
    {
        _graph = new GraphProto { Name = name };
    }

    /// <summary>Declares a float32 input.</summary>
    /// <param name="name">Name of the input.</param>
    /// <param name="dimensions">Its shape: a number, or a name for a dimension that is known only at run time.</param>
    public GraphValue Input(string name, params ReadOnlySpan<GraphDimension> dimensions)
    {
        _graph.Input.Add(Describe(name, TensorProto.Types.DataType.Float, dimensions));
        return new GraphValue(name);
    }

    /// <summary>Gives a value out under a name.</summary>
    public void Output(GraphValue value, string name, params ReadOnlySpan<GraphDimension> dimensions)
    {
        AddNode("Identity", [value], [name], []);
        _graph.Output.Add(Describe(name, TensorProto.Types.DataType.Float, dimensions));
    }

    /// <summary>A checkpoint tensor as it is stored.</summary>
    public GraphValue Parameter(string name, params ReadOnlySpan<int> shape) =>
        Initializer(new(name, [.. shape], [new GraphParameter(name, [.. shape])], null));

    /// <summary>A checkpoint tensor rounded to float16.</summary>
    public GraphValue Float16Parameter(string name, params ReadOnlySpan<int> shape) =>
        Initializer(new($"{name}.float16", [.. shape], [new GraphParameter(name, [.. shape])], null, IsFloat16: true));

    /// <summary>A checkpoint tensor seen in another shape of the same element count: a 1x1 convolution as a matrix, say.</summary>
    public GraphValue ParameterAs(string name, ReadOnlySpan<int> storedShape, ReadOnlySpan<int> graphShape) =>
        Initializer(new(name, [.. graphShape], [new GraphParameter(name, [.. storedShape])], null));

    /// <summary>A constant that is computed from checkpoint tensors when the session is built.</summary>
    public GraphValue Derived(
        string name, ReadOnlySpan<int> shape, ReadOnlySpan<GraphParameter> sources, Func<ReadOnlyMemory<float>[], float[]> compute) =>
        Initializer(new(name, [.. shape], [.. sources], compute));

    /// <summary>As <see cref="Derived"/>, of int8 values.</summary>
    public GraphValue DerivedInt8(
        string name,
        ReadOnlySpan<int> shape,
        ReadOnlySpan<GraphParameter> sources,
        Func<ReadOnlyMemory<float>[], ReadOnlyMemory<sbyte>> compute) =>
        Initializer(new(name, [.. shape], [.. sources], null, compute));

    /// <summary>A float32 constant, kept inside the graph: for small ones.</summary>
    public GraphValue Constant(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) =>
        Constant(MemoryMarshal.AsBytes(values), TensorProto.Types.DataType.Float, shape);

    /// <summary>A float32 scalar.</summary>
    public GraphValue Scalar(float value) => Constant([value]);

    /// <summary>An int64 vector, kept inside the graph.</summary>
    public GraphValue Int64Constant(params ReadOnlySpan<long> values) =>
        Constant(MemoryMarshal.AsBytes(values), TensorProto.Types.DataType.Int64, [values.Length]);

    /// <summary>An int64 scalar.</summary>
    public GraphValue Int64Scalar(long value) => Constant(MemoryMarshal.AsBytes([value]), TensorProto.Types.DataType.Int64, []);

    /// <summary>The finished graph. The builder is not to be used afterwards.</summary>
    public GraphModel Build()
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = ProducerName,
            Graph = _graph,
            OpsetImport = { new OperatorSetIdProto { Domain = string.Empty, Version = OperatorSetVersion } },
        };
        if (_usesOnnxRuntimeDomain)
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = OnnxRuntimeDomain, Version = 1 });
        }

        return new GraphModel(model, _initializers);
    }

    private GraphValue Initializer(GraphInitializer initializer)
    {
        // One parameter may be asked for twice (a weight that two nodes share).
        var name = initializer.Name;
        if (_constants.TryGetValue(name, out var known))
        {
            return known;
        }

        var value = new GraphValue(name);
        var tensor = new TensorProto
        {
            Name = name,
            DataType = initializer.ElementType,
            DataLocation = TensorProto.Types.DataLocation.External,
            ExternalData = { new StringStringEntryProto { Key = "location", Value = "weights" } },
        };
        tensor.Dims.AddRange(initializer.Shape.Select(dimension => (long)dimension));
        _graph.Initializer.Add(tensor);
        _initializers.Add(initializer);
        _constants.Add(name, value);
        return value;
    }

    private GraphValue Constant(ReadOnlySpan<byte> bytes, TensorProto.Types.DataType type, ReadOnlySpan<int> shape)
    {
        var tensor = new TensorProto { Name = NextName("constant"), DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        foreach (var dimension in shape)
        {
            tensor.Dims.Add(dimension);
        }

        _graph.Initializer.Add(tensor);
        return new GraphValue(tensor.Name);
    }

    private GraphValue Node(string operatorType, ReadOnlySpan<GraphValue> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var output = NextName(operatorType);
        AddNode(operatorType, inputs, [output], attributes);
        return new GraphValue(output);
    }

    private GraphValue[] Node(
        string operatorType, ReadOnlySpan<GraphValue> inputs, int outputCount, params ReadOnlySpan<AttributeProto> attributes)
    {
        var outputs = new string[outputCount];
        for (var i = 0; i < outputCount; i++)
        {
            outputs[i] = NextName(operatorType);
        }

        AddNode(operatorType, inputs, outputs, attributes);
        return Array.ConvertAll(outputs, name => new GraphValue(name));
    }

    // An operator of ONNX Runtime's own.
    private GraphValue OnnxRuntimeNode(
        string operatorType, ReadOnlySpan<GraphValue> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        _usesOnnxRuntimeDomain = true;
        var output = NextName(operatorType);
        AddNode(operatorType, inputs, [output], attributes).Domain = OnnxRuntimeDomain;
        return new GraphValue(output);
    }

    private NodeProto AddNode(
        string operatorType, ReadOnlySpan<GraphValue> inputs, ReadOnlySpan<string> outputs, ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = operatorType, Name = outputs[0] };
        foreach (var input in inputs)
        {
            node.Input.Add(input.Name);
        }

        foreach (var output in outputs)
        {
            node.Output.Add(output);
        }

        foreach (var attribute in attributes)
        {
            node.Attribute.Add(attribute);
        }

        _graph.Node.Add(node);
        return node;
    }

    private string NextName(string stem)
    {
        var count = _nameCounts.GetValueOrDefault(stem);
        _nameCounts[stem] = count + 1;
        return $"{stem}_{count}";
    }

    private static ValueInfoProto Describe(string name, TensorProto.Types.DataType type, ReadOnlySpan<GraphDimension> dimensions)
    {
        var shape = new TensorShapeProto();
        foreach (var dimension in dimensions)
        {
            shape.Dim.Add(dimension.Name is null
                ? new TensorShapeProto.Types.Dimension { DimValue = dimension.Size }
                : new TensorShapeProto.Types.Dimension { DimParam = dimension.Name });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }

    private static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    private static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, F = value, Type = AttributeProto.Types.AttributeType.Float };

    private static AttributeProto Attribute(string name, ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (var value in values)
        {
            attribute.Ints.Add(value);
        }

        return attribute;
    }
}
