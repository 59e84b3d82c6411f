namespace MaskGen.ML.OnnxGraph;

/// <summary>Matrix products, convolutions and attention.</summary>
internal sealed partial class GraphBuilder
{
    // Stands for an input that is left out.
    private static readonly GraphValue NoValue = new(string.Empty);

    public GraphValue MatMul(GraphValue a, GraphValue b) => Node("MatMul", [a, b]);

    /// <summary><c>a b + c</c> of three matrices.</summary>
    public GraphValue MultiplyAdd(GraphValue a, GraphValue b, GraphValue c) => Node("Gemm", [a, b, c]);

    /// <summary>Rows times a weight stored as PyTorch does, plus bias: <c>x W^T + b</c>.</summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="weight">[out, in]: taken as stored, so that it needs no transposed copy.</param>
    /// <param name="bias">[out].</param>
    public GraphValue Linear(GraphValue x, GraphValue weight, GraphValue bias) =>
        Node("Gemm", [x, weight, bias], Attribute("transB", 1L));

    /// <summary>Rows as unsigned 8-bit integers: one scale and zero point for all, from the least and the greatest value.</summary>
    /// <param name="x">[rows, in].</param>
    public QuantizedRows Quantize(GraphValue x)
    {
        var outputs = Node("DynamicQuantizeLinear", [x], outputCount: 3);
        return new QuantizedRows(outputs[0], outputs[1], outputs[2]);
    }

    /// <summary>As <see cref="Linear"/>, of rows and weights of 8 bits; what comes out is float32.</summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="weight">int8 [in, out].</param>
    /// <param name="scales">What a step of a weight stands for, [out].</param>
    /// <param name="bias">[out].</param>
    public GraphValue Int8Linear(QuantizedRows x, GraphValue weight, GraphValue scales, GraphValue bias) =>
        OnnxRuntimeNode("MatMulIntegerToFloat", [x.Values, weight, x.Scale, scales, x.ZeroPoint, NoValue, bias]);

    /// <summary>The same of rows that nothing else needs as 8-bit integers.</summary>
    public GraphValue Int8Linear(GraphValue x, GraphValue weight, GraphValue scales, GraphValue bias) =>
        OnnxRuntimeNode("DynamicQuantizeMatMul", [x, weight, scales, NoValue, bias]);

    /// <summary>Two-dimensional convolution with bias on [B, C, H, W].</summary>
    public GraphValue Convolution(GraphValue x, GraphValue weight, GraphValue bias, int kernel, int stride, int padding) =>
        Node(
            "Conv",
            [x, weight, bias],
            Attribute("kernel_shape", [kernel, kernel]),
            Attribute("strides", [stride, stride]),
            Attribute("pads", [padding, padding, padding, padding]));

    /// <summary>Transposed two-dimensional convolution with bias on [B, C, H, W], stride = kernel.</summary>
    public GraphValue TransposedConvolution(GraphValue x, GraphValue weight, GraphValue bias, int kernel) =>
        Node("ConvTranspose", [x, weight, bias], Attribute("kernel_shape", [kernel, kernel]), Attribute("strides", [kernel, kernel]));

    /// <summary>Softmax attention with scores scaled by one over the root of the head size; never holds all scores at once on a
    /// CPU.</summary>
    /// <param name="query">[B, L, heads * head size].</param>
    /// <param name="key">[B, K, heads * head size].</param>
    /// <param name="value">[B, K, heads * value size].</param>
    /// <param name="heads">Number of heads.</param>
    /// <returns>[B, L, heads * value size].</returns>
    public GraphValue MultiHeadAttention(GraphValue query, GraphValue key, GraphValue value, int heads) =>
        OnnxRuntimeNode("MultiHeadAttention", [query, key, value], Attribute("num_heads", heads));
}
