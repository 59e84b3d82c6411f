using MaskGen.ML.Checkpoints;
using MaskGen.ML.Tests.Checkpoints;
using static MaskGen.ML.Tests.Checkpoints.TorchPickleWriter;

namespace MaskGen.ML.Tests.Models;

/// <summary>The micro model in a folder of its own, in whatever form a test writes it.</summary>
internal sealed class TestCheckpoint : IDisposable
{
    private readonly TestFolder _folder = new();

    public TestCheckpoint() => File.Copy(Fixture.Path("micro/config.json"), _folder["config.json"]);

    /// <summary>The fingerprint of the model in its usual form.</summary>
    public static string Expected { get; } = FingerprintOf(Fixture.Path("micro/model.safetensors"));

    public string Path => _folder.Path;

    public static string FingerprintOf(string path)
    {
        using var opened = Sam2Model.FromFile(path).OpenVerified();
        return opened.Fingerprint;
    }

    /// <summary>The tensors under Meta's names or Hugging Face's.</summary>
    public static IReadOnlyList<MetaCheckpoint.Tensor> Tensors(bool isMeta)
    {
        using var micro = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        var tensors = isMeta ? MetaCheckpoint.Tensors(micro) : MetaCheckpoint.HuggingFaceTensors(micro);
        return [.. tensors.Select(t => t with { Values = t.Values.ToArray() })];
    }

    /// <summary>Writes a file and gives its path.</summary>
    public string Write(string name, byte[] bytes) => _folder.Write(name, bytes);

    /// <summary>Writes what torch.save would; the root is made of the state dict.</summary>
    public string WriteTorch(
        string name, bool isMeta, Func<IReadOnlyList<TorchFile.Tensor>, object?> root, bool isLegacy = false,
        params TorchFile.Storage[] more)
    {
        var (tensors, storages) = MetaCheckpoint.Torch(Tensors(isMeta));
        IReadOnlyCollection<TorchFile.Storage> all = [.. storages, .. more];
        return Write(name, isLegacy ? TorchFile.SaveLegacy(root(tensors), all) : TorchFile.Save(root(tensors), all));
    }

    /// <summary>Writes safetensors: the model's tensors behind a prefix, then others.</summary>
    public string WriteSafetensors(string name, bool isMeta, Func<string, string> rename, params SafetensorsBytes.Tensor[] more) =>
        Write(
            name,
            SafetensorsBytes.Build(
                [.. Tensors(isMeta).Select(t => SafetensorsBytes.Float32(rename(t.Name), t.Shape, t.Values.Span)), .. more]));

    public void Dispose() => _folder.Dispose();

    /// <summary>Keeps the state dict under keys, the outermost first.</summary>
    public static object Under(object state, params string[] keys) =>
        keys.Reverse().Aggregate(state, (inner, key) => new Items((key, inner)));
}
