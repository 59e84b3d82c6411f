namespace MaskGen.ML.Checkpoints;

/// <summary>What a file of torch.save holds, whichever form it has.</summary>
/// <param name="Root">What its pickle describes; see <see cref="TorchPickleContent"/>.</param>
/// <param name="Storages">Where the bytes of the storages lie, by key.</param>
internal sealed record TorchContent(object? Root, IReadOnlyDictionary<string, ZipMember> Storages);
