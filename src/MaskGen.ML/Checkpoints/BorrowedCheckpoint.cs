namespace MaskGen.ML.Checkpoints;

/// <summary>A checkpoint that somebody else owns: disposing it leaves the other open.</summary>
internal sealed class BorrowedCheckpoint(ICheckpoint owner) : ICheckpoint
{
    public string Source => owner.Source;

    public IReadOnlyList<string> Files => owner.Files;

    public IReadOnlyDictionary<string, TensorDescription> Tensors => owner.Tensors;

    public ReadOnlyMemory<float> ReadFloat32(string name) => owner.ReadFloat32(name);

    public void Dispose()
    {
    }
}
