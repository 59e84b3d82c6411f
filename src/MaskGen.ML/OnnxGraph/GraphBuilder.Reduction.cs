namespace MaskGen.ML.OnnxGraph;

/// <summary>Operators that reduce along an axis.</summary>
internal sealed partial class GraphBuilder
{
    /// <summary>Layer normalization over the last axis.</summary>
    public GraphValue LayerNormalization(GraphValue x, GraphValue weight, GraphValue bias, float epsilon) =>
        Node("LayerNormalization", [x, weight, bias], Attribute("axis", -1L), Attribute("epsilon", epsilon));

    public GraphValue Softmax(GraphValue x, int axis) => Node("Softmax", [x], Attribute("axis", axis));

    /// <summary>Maximum along one axis, which is removed.</summary>
    public GraphValue Maximum(GraphValue x, long axis) => Node("ReduceMax", [x, Int64Constant(axis)], Attribute("keepdims", 0L));

    /// <summary>Sum of the magnitudes of all values, a scalar.</summary>
    public GraphValue SumOfMagnitudes(GraphValue x) => Node("ReduceL1", [x], Attribute("keepdims", 0L));
}
