using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Models;

/// <summary>The tensors of the image model alone, each under every name it is known by.</summary>
/// <remarks>Published checkpoints hold the video model too; and of the two names of the position matrix, one tensor, some hold only
/// one.</remarks>
internal sealed class ImageModelCheckpoint : ICheckpoint
{
    private readonly ICheckpoint _whole;
    private readonly Dictionary<string, string> _aliases = [];

    /// <summary>Takes over the checkpoint: disposing this disposes it.</summary>
    public ImageModelCheckpoint(ICheckpoint whole)
    {
        _whole = whole;
        var tensors = whole.Tensors.Where(t => Sam2CheckpointContract.IsOfImageModel(t.Key)).ToDictionary();
        foreach (var name in MetaTensorNames.PositionalEmbeddings)
        {
            if (!tensors.ContainsKey(name) && MetaTensorNames.PositionalEmbeddings.FirstOrDefault(tensors.ContainsKey) is { } other)
            {
                tensors.Add(name, tensors[other]);
                _aliases.Add(name, other);
            }
        }

        Tensors = tensors;
    }

    public string Source => _whole.Source;

    public IReadOnlyList<string> Files => _whole.Files;

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; }

    public ReadOnlyMemory<float> ReadFloat32(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Tensors.ContainsKey(name)
            ? _whole.ReadFloat32(_aliases.GetValueOrDefault(name, name))
            : throw new CheckpointFormatException(Source, name, "a tensor of that name", "none");
    }

    public void Dispose() => _whole.Dispose();
}
