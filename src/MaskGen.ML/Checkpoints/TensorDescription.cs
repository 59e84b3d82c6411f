using System.Collections.Immutable;

namespace MaskGen.ML.Checkpoints;

/// <summary>Element types of stored tensors.</summary>
internal enum TensorElementType
{
    Float32,
    Float16,
    BFloat16,
    Float64,

    /// <summary>Any other type, or a tensor that cannot be read: allowed in a file as long as the model does not need it.</summary>
    Other,
}

/// <summary>Type and shape of a stored tensor.</summary>
/// <param name="ElementType">Type of the elements.</param>
/// <param name="Shape">Sides; empty for a scalar, and where nothing is known of the tensor.</param>
/// <param name="OtherType">For <see cref="TensorElementType.Other"/>, what the tensor is, as part of a message.</param>
internal sealed record TensorDescription(TensorElementType ElementType, ImmutableArray<int> Shape, string? OtherType = null)
{
    /// <summary>What a needed tensor may be stored as, as part of a message.</summary>
    public const string ReadableTypes = "F32, F16, BF16 or F64 values";

    /// <summary>Number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long Count => Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>Whether the values can be read.</summary>
    public bool IsReadable => ElementType != TensorElementType.Other;

    /// <summary>Name of the type, as safetensors spells it where it has one.</summary>
    public string TypeName => OtherType ?? TensorElements.NameOf(ElementType);

    /// <summary>A tensor that is in the file but cannot be read.</summary>
    /// <param name="what">What it is instead, as part of a message.</param>
    /// <param name="shape">Sides, as far as they are known.</param>
    public static TensorDescription Unreadable(string what, ImmutableArray<int>? shape = null) =>
        new(TensorElementType.Other, shape ?? [], what);
}
