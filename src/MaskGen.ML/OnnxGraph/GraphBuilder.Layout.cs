namespace MaskGen.ML.OnnxGraph;

/// <summary>Operators that move or reshape values without computing.</summary>
internal sealed partial class GraphBuilder
{
    /// <summary>As <see cref="Reshape(GraphValue, ReadOnlySpan{long})"/>, to a shape known only at run time.</summary>
    public GraphValue Reshape(GraphValue x, GraphValue shape) => Node("Reshape", [x, shape]);

    /// <summary>The same values, row-major, in another shape; one dimension may be -1 (the rest), 0 keeps the input's dimension.</summary>
    public GraphValue Reshape(GraphValue x, params ReadOnlySpan<long> shape) => Node("Reshape", [x, Int64Constant(shape)]);

    public GraphValue Transpose(GraphValue x, params ReadOnlySpan<long> permutation) =>
        Node("Transpose", [x], Attribute("perm", permutation));

    /// <summary>Repeats along dimensions of size 1 to the broadcast of its shape and <paramref name="shape"/>.</summary>
    public GraphValue Expand(GraphValue x, params ReadOnlySpan<long> shape) => Node("Expand", [x, Int64Constant(shape)]);

    /// <summary>As <see cref="Expand(GraphValue, ReadOnlySpan{long})"/>, to a shape known only at run time.</summary>
    public GraphValue Expand(GraphValue x, GraphValue shape) => Node("Expand", [x, shape]);

    public GraphValue Concat(int axis, params ReadOnlySpan<GraphValue> inputs) => Node("Concat", inputs, Attribute("axis", axis));

    /// <summary>Cuts into parts of the given sizes.</summary>
    public GraphValue[] Split(GraphValue x, int axis, params ReadOnlySpan<long> sizes) =>
        Node("Split", [x, Int64Constant(sizes)], sizes.Length, Attribute("axis", axis));

    /// <summary>The half-open range [start, end) along one axis.</summary>
    public GraphValue Slice(GraphValue x, int axis, long start, long end) =>
        Node("Slice", [x, Int64Constant(start), Int64Constant(end), Int64Constant(axis)]);

    /// <summary>Rows of <paramref name="table"/> by int64 index along its first axis.</summary>
    public GraphValue Gather(GraphValue table, GraphValue indices) => Node("Gather", [table, indices], Attribute("axis", 0L));

    /// <summary>Zeros at the end of each axis.</summary>
    public GraphValue PadEnd(GraphValue x, params ReadOnlySpan<long> amounts)
    {
        var pads = new long[2 * amounts.Length];
        amounts.CopyTo(pads.AsSpan(amounts.Length));
        return Node("Pad", [x, Int64Constant(pads)]);
    }

    /// <summary>One dimension of the shape, as an int64 vector of length 1.</summary>
    public GraphValue Dimension(GraphValue x, int axis) =>
        Node("Shape", [x], Attribute("start", axis), Attribute("end", axis + 1));
}
