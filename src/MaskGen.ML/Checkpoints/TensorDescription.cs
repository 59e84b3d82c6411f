using System.Collections.Immutable;

namespace MaskGen.ML.Checkpoints;

/// <summary>Element types that SAM 2 checkpoints are stored in.</summary>
internal enum TensorElementType
{
    Float32,
    Float16,
    BFloat16,
}

/// <summary>Type and shape of a stored tensor.</summary>
internal sealed record TensorDescription(TensorElementType ElementType, ImmutableArray<int> Shape)
{
    /// <summary>Number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long Count => Shape.Aggregate(1L, (product, dimension) => product * dimension);
}
