namespace MaskGen.ML.OnnxGraph;

/// <summary>One dimension of an input or output: a size, or a name when it is known only at run time.</summary>
internal readonly record struct GraphDimension(long Size, string? Name)
{
    public static implicit operator GraphDimension(int size) => new(size, null);

    public static implicit operator GraphDimension(string name) => new(0, name);
}
