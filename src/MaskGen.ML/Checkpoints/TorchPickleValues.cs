using System.Collections.Immutable;

namespace MaskGen.ML.Checkpoints;

/// <summary>What a name that a pickle asks for stands for. Nothing is ever looked up, imported or called.</summary>
internal enum TorchGlobal
{
    OrderedDict,
    RebuildTensor,
    RebuildTensorOfType,
    RebuildParameter,
    RebuildFromType,
    Size,
    Storage,
    DataType,

    /// <summary>Any other name: a placeholder, and so is all that is made with it.</summary>
    Other,
}

/// <summary>A name that a pickle asks for; for a storage or a data type with the type of its elements.</summary>
/// <param name="Kind">What the name stands for.</param>
/// <param name="Name">Module and name, as the pickle spells them.</param>
/// <param name="ElementType">Elements of a storage or data type.</param>
/// <param name="ElementSize">Bytes of an element of a storage, 0 where that is not known.</param>
internal sealed record TorchGlobalReference(
    TorchGlobal Kind, string Name, TensorElementType ElementType = TensorElementType.Other, int ElementSize = 0);

/// <summary>A dictionary of a pickle: only texts and whole numbers are kept as keys, for nothing else names tensors.</summary>
internal sealed class TorchDictionary
{
    private Dictionary<string, object?>? _items;

    /// <summary>The items, in the order of their keys' first appearance.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Items => _items ?? Enumerable.Empty<KeyValuePair<string, object?>>();

    public int Count => _items?.Count ?? 0;

    public void Set(object? key, object? value)
    {
        if (key is string or long)
        {
            (_items ??= [])[key as string ?? FormattableString.Invariant($"{key}")] = value;
        }
    }
}

/// <summary>Any object of a pickle that is neither a number, a text, a collection nor a plain tensor. It is not made: this stands in its
/// place, and keeps what it was to be made of, since that may hold tensors.</summary>
internal sealed class TorchPlaceholder(string what, object?[] parts, bool isTensor = false)
{
    /// <summary>What the object is, as part of a message.</summary>
    public string What { get; } = what;

    /// <summary>Arguments that it was to be made with.</summary>
    public object?[] Parts { get; } = parts;

    /// <summary>Whether it stands for a tensor, one of a kind that is not read.</summary>
    public bool IsTensor { get; } = isTensor;

    /// <summary>What was to be set on it as a whole, as the attributes of an object.</summary>
    public object? State { get; set; }

    /// <summary>What was to be put into it as a dictionary, or null.</summary>
    public TorchDictionary? Items { get; set; }

    /// <summary>What was to be put into it as a list, or null.</summary>
    public List<object?>? Elements { get; set; }

    /// <summary>Bytes, or a text or number too long to be of use here: passed over.</summary>
    public static object PassedOver { get; } = new();
}

/// <summary>A run of elements in the file that one or more tensors look at.</summary>
/// <param name="Type">The storage type that the pickle names.</param>
/// <param name="Key">Name of the archive member below data/, or key in a file of the older form.</param>
/// <param name="Count">Number of elements, or bytes where the type says nothing of them.</param>
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
