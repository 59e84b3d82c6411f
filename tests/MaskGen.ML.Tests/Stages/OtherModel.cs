using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Stages;

/// <summary>A model with the architecture of the small one and other weights, as files of its own.</summary>
internal static class OtherModel
{
    /// <summary>Writes the model into a folder and returns the path of that.</summary>
    /// <param name="folder">Where to write.</param>
    /// <param name="name">Name of the folder to make.</param>
    /// <param name="factor">What the weights are multiplied by.</param>
    public static string Write(TestFolder folder, string name, float factor = 1.5f)
    {
        folder.Write($"{name}/config.json", File.ReadAllBytes(Fixture.Path("micro/config.json")));
        using var original = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        using (var file = File.Create(folder["new.safetensors"]))
        {
            SafetensorsWriter.Write(
                file,
                [.. original.Tensors.Select(tensor => (tensor.Key, tensor.Value))],
                tensor => Array.ConvertAll(original.ReadFloat32(tensor).ToArray(), value => factor * value));
        }

        // A file of that name may be in use: its place is taken, it is not written to.
        File.Move(folder["new.safetensors"], folder[$"{name}/model.safetensors"], overwrite: true);
        return folder[name];
    }
}
