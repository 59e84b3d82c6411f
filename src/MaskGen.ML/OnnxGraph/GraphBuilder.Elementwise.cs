using MaskGen.ML.OnnxGraph.Protobuf;

namespace MaskGen.ML.OnnxGraph;

/// <summary>Element-wise operators; two operands are broadcast as NumPy does.</summary>
internal sealed partial class GraphBuilder
{
    public GraphValue Add(GraphValue a, GraphValue b) => Node("Add", [a, b]);

    public GraphValue Subtract(GraphValue a, GraphValue b) => Node("Sub", [a, b]);

    public GraphValue Multiply(GraphValue a, GraphValue b) => Node("Mul", [a, b]);

    public GraphValue Relu(GraphValue x) => Node("Relu", [x]);

    /// <summary>The exact GELU, by the error function.</summary>
    public GraphValue Gelu(GraphValue x) => Node("Gelu", [x]);

    public GraphValue Sigmoid(GraphValue x) => Node("Sigmoid", [x]);

    public GraphValue Sine(GraphValue x) => Node("Sin", [x]);

    public GraphValue Cosine(GraphValue x) => Node("Cos", [x]);

    /// <summary>1 where the int64 operands differ, else 0, as float32.</summary>
    public GraphValue DiffersAsFloat(GraphValue a, GraphValue b)
    {
        var equal = Node("Equal", [a, b]);
        return Cast(Node("Not", [equal]), TensorProto.Types.DataType.Float);
    }

    /// <summary>float32 as int64, rounding toward zero.</summary>
    public GraphValue CastToInt64(GraphValue x) => Cast(x, TensorProto.Types.DataType.Int64);

    /// <summary>float32 rounded to float16.</summary>
    public GraphValue CastToFloat16(GraphValue x) => Cast(x, TensorProto.Types.DataType.Float16);

    /// <summary>float16 widened to float32.</summary>
    public GraphValue CastToFloat32(GraphValue x) => Cast(x, TensorProto.Types.DataType.Float);

    private GraphValue Cast(GraphValue x, TensorProto.Types.DataType type) => Node("Cast", [x], Attribute("to", (long)type));
}
