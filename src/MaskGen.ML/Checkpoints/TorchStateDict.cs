namespace MaskGen.ML.Checkpoints;

/// <summary>Finds the state dict in what a pickle built, and gives its tensors Hugging Face's names.</summary>
internal sealed class TorchStateDict
{
    private readonly string _source;
    private readonly Dictionary<string, TorchTensor[]> _parts = [];

    private TorchStateDict(string source) => _source = source;

    /// <summary>Names the tensors of the image model.</summary>
    /// <param name="root">What the pickle built.</param>
    /// <param name="source">Name for messages.</param>
    /// <returns>Parts by name: several for a tensor that Meta stores in pieces, which follow each other in the first dimension.</returns>
    /// <exception cref="CheckpointFormatException">There is no state dict of a SAM 2.</exception>
    public static Dictionary<string, TorchTensor[]> Read(object? root, string source)
    {
        var stateDict = new TorchStateDict(source);
        stateDict.AddTensors(stateDict.Find(root));
        return stateDict._parts;
    }

    private Dictionary<string, object?> Find(object? root)
    {
        if (root is not TorchDictionary dictionary)
        {
            throw new CheckpointFormatException(_source, "expected a dictionary with the state dict of a model, found something else.");
        }

        // Meta wraps it as {"model": ...}; training code often as {"state_dict": ...}.
        foreach (var wrapper in (ReadOnlySpan<string>)["model", "state_dict"])
        {
            if (dictionary.Items.GetValueOrDefault(wrapper) is TorchDictionary inner)
            {
                return inner.Items;
            }
        }

        return dictionary.Items;
    }

    private void AddTensors(Dictionary<string, object?> items)
    {
        var names = items.Keys.ToHashSet();

        // A state dict of Hugging Face's own model needs no translation.
        var translated = names.Any(n => n.StartsWith("vision_encoder.", StringComparison.Ordinal));
        var pointEmbeddings = new SortedDictionary<string, TorchTensor>(StringComparer.Ordinal);
        foreach (var (name, value) in items)
        {
            if (value is not TorchTensor tensor)
            {
                continue;
            }

            if (translated)
            {
                Add(name, [tensor]);
            }
            else if (name == MetaTensorNames.PositionalMatrix)
            {
                foreach (var position in MetaTensorNames.PositionalEmbeddings)
                {
                    Add(position, [tensor]);
                }
            }
            else if (name.StartsWith(MetaTensorNames.PointEmbeddingPrefix, StringComparison.Ordinal))
            {
                pointEmbeddings.Add(name, tensor);
            }
            else if (MetaTensorNames.ToHuggingFace(name, names) is { } huggingFaceName)
            {
                Add(huggingFaceName, [tensor]);
            }
        }

        AddPointEmbeddings(pointEmbeddings);
        if (_parts.Count == 0)
        {
            throw new CheckpointFormatException(_source, "expected the tensors of a SAM 2 (image_encoder.trunk...), found none of them.");
        }
    }

    // point_embeddings.0 to .3 with [1, d] each become one [4, d].
    private void AddPointEmbeddings(SortedDictionary<string, TorchTensor> tensors)
    {
        if (tensors.Count == 0)
        {
            return;
        }

        var first = tensors.First().Value;
        var i = 0;
        foreach (var (name, tensor) in tensors)
        {
            if (name != FormattableString.Invariant($"{MetaTensorNames.PointEmbeddingPrefix}{i++}.weight"))
            {
                throw new CheckpointFormatException(
                    _source, name, $"{MetaTensorNames.PointEmbeddingPrefix}0.weight and on without a gap", "another name");
            }

            var isRow = tensor.Shape is [1, _] && tensor.Shape[1] == first.Shape[1];
            if (!isRow || tensor.Storage.Type != first.Storage.Type)
            {
                throw new CheckpointFormatException(
                    _source,
                    name,
                    $"shape [1, d] and type as of the first point embedding, {CheckpointText.Shape(first.Shape)}",
                    CheckpointText.Shape(tensor.Shape));
            }
        }

        Add(MetaTensorNames.PointEmbeddings, [.. tensors.Values]);
    }

    private void Add(string name, TorchTensor[] parts)
    {
        if (!_parts.TryAdd(name, parts))
        {
            throw new CheckpointFormatException(_source, name, "one tensor of that name", "two");
        }
    }
}
