using System.Collections.Immutable;

namespace MaskGen.ML.Checkpoints;

/// <summary>What the names of a pickle make of their arguments: descriptions of tensors, checked for sense, and placeholders for everything
/// else.</summary>
internal static class TorchPickleBuilder
{
    private const int MostDimensions = 8;

    /// <summary>The storage that a persistent id ('storage', type, key, device, count) names.</summary>
    public static TorchStorage Storage(object? id, string source) =>
        id is object?[] { Length: >= 5 } parts && parts[0] is "storage" && parts[1] is TorchGlobalReference type
        && parts[2] is string key && parts[4] is long count and >= 0
            ? new TorchStorage(type, key, count)
            : throw Defect(source, "expected a storage with its type, key and number of elements, found something else");

    /// <summary>The value of a call: nothing is called.</summary>
    public static object Call(object? callable, object? arguments, string source)
    {
        if (arguments is not object?[] list || callable is not (TorchGlobalReference or TorchPlaceholder))
        {
            throw Defect(source, "expected a call of a name with a tuple of arguments, found something else, which is refused");
        }

        if (callable is not TorchGlobalReference global)
        {
            return new TorchPlaceholder(((TorchPlaceholder)callable).What, list);
        }

        return global.Kind switch
        {
            TorchGlobal.OrderedDict when list is [] => new TorchDictionary(),
            TorchGlobal.OrderedDict when list is [List<object?> pairs] => Dictionary(pairs),
            TorchGlobal.RebuildTensor => Tensor(list),
            TorchGlobal.RebuildTensorOfType => TensorOfType(list),
            TorchGlobal.RebuildParameter when list is [TorchTensor or TorchPlaceholder, ..] => list[0]!,
            TorchGlobal.RebuildFromType when list is [TorchGlobalReference, _, object?[], ..] => Call(list[0], list[2], source),
            TorchGlobal.Size when list is [object?[] dimensions] => dimensions,
            _ when TorchPickleGlobals.MakesArray(global.Name) => Unreadable("a NumPy array"),
            _ => new TorchPlaceholder(global.Name, list, TorchPickleGlobals.MakesTensor(global.Name)),
        };
    }

    /// <summary>Keeps the state of a placeholder, such as the attributes of an object, since it may hold tensors.</summary>
    public static void SetState(object? target, object? state, string source)
    {
        switch (target)
        {
            case TorchPlaceholder placeholder:
                placeholder.State = state;
                break;
            case TorchDictionary or TorchTensor or List<object?>:
                // The versions of a state dict's modules, or the attributes of a list or a tensor.
                break;
            default:
                throw Defect(source, "expected a state for an object, found one for something else, which is refused");
        }
    }

    // Python 2 gave an ordered dictionary its items as a list of pairs.
    private static TorchDictionary Dictionary(List<object?> pairs)
    {
        var dictionary = new TorchDictionary();
        foreach (var pair in pairs)
        {
            if (pair is object?[] { Length: 2 } or List<object?> { Count: 2 })
            {
                var values = (IList<object?>)pair;
                dictionary.Set(values[0], values[1]);
            }
        }

        return dictionary;
    }

    // (storage, offset, size, stride, requires_grad, backward_hooks, dtype, metadata): the storage holds bytes.
    private static object TensorOfType(object?[] arguments)
    {
        if (arguments is not [TorchStorage storage, _, _, _, _, _, TorchGlobalReference type, ..] || type.Kind != TorchGlobal.DataType)
        {
            var found = arguments.Length > 6 && arguments[6] is TorchGlobalReference other ? other.Name : "another type";
            return Unreadable($"a tensor of {CheckpointText.Shorten(found)}");
        }

        var size = TensorElements.SizeInBytes(type.ElementType);
        var typed = storage with { Type = type with { ElementSize = size }, Count = storage.Count / size };
        return Tensor([typed, .. arguments[1..]]);
    }

    // (storage, offset, size, stride[, requires_grad, backward_hooks[, metadata]])
    private static object Tensor(object?[] arguments)
    {
        if (arguments is not [TorchStorage storage, long offset, object?[] size, object?[] stride, ..]
            || size.Length != stride.Length
            || size.Length > MostDimensions)
        {
            return Unreadable("something without a storage, an offset, a size and a stride that fit each other");
        }

        var shape = ImmutableArray.CreateBuilder<int>(size.Length);
        var strides = ImmutableArray.CreateBuilder<long>(size.Length);
        var last = (Int128)offset;
        var count = (Int128)1;
        for (var i = 0; i < size.Length; i++)
        {
            if (size[i] is not (long dimension and >= 0 and <= int.MaxValue) || stride[i] is not (long step and >= 0 and <= int.MaxValue))
            {
                return Unreadable($"sizes and strides that are not whole numbers from 0 to {int.MaxValue}");
            }

            shape.Add((int)dimension);
            strides.Add(step);
            last += (Int128)Math.Max(0, dimension - 1) * step;

            // At most 8 factors below 2^31 would overflow, so it is cut where it is refused anyway.
            count = Int128.Min(count * dimension, (Int128)long.MaxValue);
        }

        // More elements than the storage has would be one value many times over: no weights look so, and it could fill any memory.
        return offset >= 0 && count <= storage.Count && count <= int.MaxValue && (count == 0 || last < storage.Count)
            ? new TorchTensor(storage, offset, shape.ToImmutable(), strides.ToImmutable())
            : Unreadable(
                $"a tensor that is not inside its storage of {storage.Count} elements: offset {offset}, "
                + $"shape {CheckpointText.Shape(shape)}");
    }

    private static TorchPlaceholder Unreadable(string what) => new(what, [], isTensor: true);

    private static CheckpointFormatException Defect(string source, string what) => new(source, $"pickle: {what}.");
}
