using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Reads weights of a checkpoint and checks their shapes.</summary>
internal sealed class WeightReader(ICheckpoint checkpoint)
{
    /// <summary>A tensor of the given shape, row-major.</summary>
    /// <exception cref="CheckpointFormatException">There is no such tensor, or its shape is another.</exception>
    public ReadOnlySpan<float> Read(string name, params ReadOnlySpan<int> shape)
    {
        if (checkpoint.Tensors.TryGetValue(name, out var tensor) && !tensor.Shape.AsSpan().SequenceEqual(shape))
        {
            throw new CheckpointFormatException(checkpoint.Source, name, Describe(shape), Describe(tensor.Shape.AsSpan()));
        }

        return checkpoint.ReadFloat32(name).Span;
    }

    public DoubleMatrix Matrix(string name, int rows, int columns) => DoubleMatrix.From(Read(name, rows, columns), rows, columns);

    public DoubleMatrix Vector(string name, int length) => DoubleMatrix.ColumnVector(Read(name, length));

    /// <summary>A linear layer <c>name.weight</c> [outputs, inputs], <c>name.bias</c>.</summary>
    public PackedLinear Linear(string name, int outputs, int inputs) =>
        new(Read($"{name}.weight", outputs, inputs), Read($"{name}.bias", outputs));

    /// <summary>The same, times a factor.</summary>
    public PackedLinear Linear(string name, int outputs, int inputs, double factor) =>
        new(Times(Matrix($"{name}.weight", outputs, inputs), factor), Times(Vector($"{name}.bias", outputs), factor));

    /// <summary>A perceptron: <c>proj_in</c>, <c>layers.0</c> and on, <c>proj_out</c>, with ReLU between.</summary>
    public FeedForward FeedForward(string name, int inputs, int hidden, int outputs, int depth)
    {
        var layers = new PackedLinear[depth];
        for (var i = 0; i < depth; i++)
        {
            var layer = i == 0 ? "proj_in" : i == depth - 1 ? "proj_out" : $"layers.{i - 1}";
            layers[i] = Linear($"{name}.{layer}", i == depth - 1 ? outputs : hidden, i == 0 ? inputs : hidden);
        }

        return new FeedForward(layers);
    }

    public LayerNorm LayerNorm(string name, int channels, float epsilon) =>
        new(Read($"{name}.weight", channels).ToArray(), Read($"{name}.bias", channels).ToArray(), epsilon);

    private static DoubleMatrix Times(DoubleMatrix matrix, double factor)
    {
        for (var i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] *= factor;
        }

        return matrix;
    }

    private static string Describe(ReadOnlySpan<int> shape) => $"shape [{string.Join(", ", shape.ToArray())}]";
}
