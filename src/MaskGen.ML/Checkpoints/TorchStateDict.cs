namespace MaskGen.ML.Checkpoints;

/// <summary>Finds the state dict in what a pickle built, and gives its tensors Hugging Face's names.</summary>
internal static class TorchStateDict
{
    // Meta wraps it as {"model": ...}; training code often as {"state_dict": ...}.
    private static readonly string[] Wrappers = ["model", "state_dict"];

    /// <summary>Names the tensors of the image model.</summary>
    /// <param name="root">What the pickle built.</param>
    /// <param name="source">Name for messages.</param>
    /// <returns>Parts by name: several for a tensor that Meta stores in pieces, which follow each other in the first dimension.</returns>
    /// <exception cref="CheckpointFormatException">There is no state dict of a SAM 2.</exception>
    public static Dictionary<string, TorchTensor[]> Read(object? root, string source)
    {
        if (root is not TorchDictionary dictionary)
        {
            throw new CheckpointFormatException(source, "expected a dictionary with the state dict of a model, found something else.");
        }

        var wrapped = Wrappers.Select(name => dictionary.Items.GetValueOrDefault(name)).OfType<TorchDictionary>().FirstOrDefault();
        var tensors = (wrapped ?? dictionary).Items
            .Where(item => item.Value is TorchTensor)
            .ToDictionary(item => item.Key, item => (TorchTensor)item.Value!);

        // A state dict of Hugging Face's own model needs no translation.
        var names = tensors.Keys.Any(n => n.StartsWith("vision_encoder.", StringComparison.Ordinal))
            ? tensors.Keys.ToDictionary(n => n, n => (string[])[n])
            : MetaTensorNames.Translate(tensors.Keys.ToHashSet(), source);
        return names.Count > 0
            ? names.ToDictionary(n => n.Key, n => n.Value.Select(part => tensors[part]).ToArray())
            : throw new CheckpointFormatException(source, "expected the tensors of a SAM 2 (image_encoder.trunk...), found none of them.");
    }
}
