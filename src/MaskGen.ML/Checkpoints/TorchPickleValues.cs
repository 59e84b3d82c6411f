using System.Collections.Immutable;

namespace MaskGen.ML.Checkpoints;

/// <summary>A name that a pickle may ask for. Nothing else is ever looked up, imported or called.</summary>
internal enum TorchGlobal
{
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Size,
    Storage,
}

/// <summary>A permitted name; for a storage with the type of its elements.</summary>
/// <param name="Kind">What the name stands for.</param>
/// <param name="Name">Module and name, as the pickle wrote them.</param>
/// <param name="ElementType">Elements of a storage, or null where it is no float type that is read here.</param>
/// <param name="ElementSize">Bytes of an element of a storage.</param>
internal sealed record TorchGlobalReference(TorchGlobal Kind, string Name, TensorElementType? ElementType = null, int ElementSize = 0);

/// <summary>A dictionary of a pickle: only its text keys are kept, for only they name tensors.</summary>
internal sealed class TorchDictionary
{
    public Dictionary<string, object?> Items { get; } = [];
}

/// <summary>A run of elements in the archive that one or more tensors look at.</summary>
/// <param name="Type">The storage type that the pickle named.</param>
/// <param name="Key">Name of the archive member below data/.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record TorchStorage(TorchGlobalReference Type, string Key, long Count);

/// <summary>A tensor as a strided look at a storage; offset and strides in elements.</summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, ImmutableArray<int> Shape, ImmutableArray<long> Strides)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>Whether the elements follow each other in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                // The stride of a dimension of one is never used.
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }
}
