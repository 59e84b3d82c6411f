using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;
using MaskGen.ML.OnnxGraph.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Brings the weights of a graph into one session without a copy in between.</summary>
/// <remarks>What lies in a file as float32, ONNX Runtime maps there itself, tensor by tensor, and lets go of each as soon as it has packed it
/// for its kernels: while a session is built, weights are in memory once, not twice. All else (weights out of a resource, widened or derived
/// ones) is memory of ours, which the session shares until its end. Must be disposed after the session.</remarks>
internal sealed class OnnxSessionWeights : IDisposable
{
    private const string FolderOption = "session.model_external_initializers_file_folder_path";

    // ONNX Runtime refuses longer values of an option; weights in a folder as deep as that are shared from our own mapping.
    private const int LongestFolder = 1000;

    private readonly List<OrtValue> _shared = [];

    /// <summary>Prepares the options of a session for a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="checkpoint">Its weights; must stay open as long as the session lives.</param>
    /// <param name="options">Receive what the session needs to find the weights.</param>
    /// <param name="isOnCpu">Whether the session runs on the CPU; a GPU takes copies in any case.</param>
    /// <returns>The model to build the session from.</returns>
    /// <exception cref="CheckpointFormatException">A tensor is missing.</exception>
    public ModelProto Supply(GraphModel graph, ICheckpoint checkpoint, SessionOptions options, bool isOnCpu)
    {
        var model = graph.Proto.Clone();
        var tensors = model.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var names = new List<string>();
        string? folder = null;
        foreach (var initializer in graph.Initializers)
        {
            var values = initializer.Values(checkpoint.ReadFloat32);
            if (MappedByteSource.Locate(values) is { } region && Path.GetDirectoryName(region.Path) is { Length: <= LongestFolder } regionFolder
                && (folder ??= regionFolder) == regionFolder)
            {
                PointTo(tensors[initializer.Name], region);
            }
            else
            {
                names.Add(initializer.Name);
                _shared.Add(OnnxSession.Tensor(values, [.. initializer.Shape]));
            }
        }

        if (folder is not null)
        {
            options.AddSessionConfigEntry(FolderOption, folder);
        }

        Share(names, options, isOnCpu);
        return model;
    }

    public void Dispose()
    {
        foreach (var value in _shared)
        {
            value.Dispose();
        }

        _shared.Clear();
    }

    private static void PointTo(TensorProto tensor, FileRegion region)
    {
        tensor.ExternalData.Clear();
        Add("location", Path.GetFileName(region.Path));
        Add("offset", region.Offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Add("length", region.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));

        void Add(string key, string value) => tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    private void Share(List<string> names, SessionOptions options, bool isOnCpu)
    {
        // Needed for the model to be accepted; alone it would make the session copy what it does not pack.
        OnnxExternalInitializers.Add(options, names, _shared);
        if (isOnCpu)
        {
            for (var i = 0; i < names.Count; i++)
            {
                options.AddInitializer(names[i], _shared[i]);
            }
        }
    }
}
