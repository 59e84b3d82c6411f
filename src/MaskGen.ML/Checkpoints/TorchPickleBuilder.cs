using System.Collections.Immutable;

namespace MaskGen.ML.Checkpoints;

/// <summary>What the permitted names of a pickle make of their arguments: descriptions, checked for sense.</summary>
internal static class TorchPickleBuilder
{
    private const int MostDimensions = 8;

    /// <summary>The storage that a persistent id ('storage', type, key, device, count) names.</summary>
    public static TorchStorage Storage(object? id, string source) =>
        id is object?[] { Length: >= 5 } parts && parts[0] is "storage" && parts[1] is TorchGlobalReference { Kind: TorchGlobal.Storage } type
        && parts[2] is string key && parts[4] is long count and >= 0 and <= int.MaxValue
            ? new TorchStorage(type, key, count)
            : throw Defect(source, $"expected a storage with its type, key and at most {int.MaxValue} elements, found something else");

    /// <summary>The value of a permitted call.</summary>
    public static object Call(object? callable, object? arguments, string source)
    {
        if (callable is not TorchGlobalReference global || arguments is not object?[] list)
        {
            throw Defect(source, "expected a call of a permitted name, found something else, which is refused");
        }

        return global.Kind switch
        {
            // Only ever made empty and filled afterwards.
            TorchGlobal.OrderedDict when list is [] => new TorchDictionary(),
            TorchGlobal.RebuildTensor => Tensor(list, source),
            TorchGlobal.RebuildParameter when list is [TorchTensor tensor, ..] => tensor,
            TorchGlobal.Size when list is [object?[] dimensions] => dimensions,
            _ => throw Defect(source, $"expected fitting arguments for {global.Name}, found others"),
        };
    }

    // (storage, offset, size, stride, requires_grad, backward_hooks[, metadata])
    private static TorchTensor Tensor(object?[] arguments, string source)
    {
        if (arguments is not [TorchStorage storage, long offset, object?[] size, object?[] stride, ..]
            || size.Length != stride.Length
            || size.Length > MostDimensions)
        {
            throw Defect(source, "expected storage, offset, size and stride of a tensor, found something else");
        }

        var shape = ImmutableArray.CreateBuilder<int>(size.Length);
        var strides = ImmutableArray.CreateBuilder<long>(size.Length);
        var last = (Int128)offset;
        var count = (Int128)1;
        for (var i = 0; i < size.Length; i++)
        {
            if (size[i] is not (long dimension and >= 0 and <= int.MaxValue) || stride[i] is not (long step and >= 0 and <= int.MaxValue))
            {
                throw Defect(source, "expected sizes and strides that are not negative, found others");
            }

            shape.Add((int)dimension);
            strides.Add(step);
            last += (Int128)Math.Max(0, dimension - 1) * step;

            // At most 8 factors below 2^31 would overflow, so it is cut where it is refused anyway.
            count = Int128.Min(count * dimension, (Int128)long.MaxValue);
        }

        // More elements than the storage has would be one value many times over: no weights look so, and it could fill any memory.
        if (offset < 0 || count > storage.Count || (count > 0 && last >= storage.Count))
        {
            throw Defect(
                source,
                $"expected a tensor inside its storage of {storage.Count} elements, found offset {offset}, shape {CheckpointText.Shape(shape)}");
        }

        return new TorchTensor(storage, offset, shape.ToImmutable(), strides.ToImmutable());
    }

    private static CheckpointFormatException Defect(string source, string what) => new(source, $"pickle: {what}.");
}
