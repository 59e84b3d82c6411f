namespace MaskGen.ML.Inference.Decoding;

/// <summary>An attention's four projections as the checkpoint has them: [inner, d] for query, key and value, [d, inner] for the
/// output.</summary>
internal sealed class AttentionMatrices
{
    public AttentionMatrices(WeightReader reader, string name, int hidden, int inner)
    {
        Query = reader.Matrix($"{name}.q_proj.weight", inner, hidden);
        QueryBias = reader.Vector($"{name}.q_proj.bias", inner);
        Key = reader.Matrix($"{name}.k_proj.weight", inner, hidden);
        Value = reader.Matrix($"{name}.v_proj.weight", inner, hidden);
        ValueBias = reader.Vector($"{name}.v_proj.bias", inner);
        Output = reader.Matrix($"{name}.o_proj.weight", hidden, inner);
        OutputBias = reader.Vector($"{name}.o_proj.bias", hidden);
    }

    public DoubleMatrix Query { get; }

    public DoubleMatrix QueryBias { get; }

    public DoubleMatrix Key { get; }

    public DoubleMatrix Value { get; }

    public DoubleMatrix ValueBias { get; }

    public DoubleMatrix Output { get; }

    public DoubleMatrix OutputBias { get; }
}
