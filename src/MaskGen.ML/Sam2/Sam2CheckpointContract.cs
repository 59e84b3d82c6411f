using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>Which tensors, of which shapes, a checkpoint must hold for a configuration.</summary>
internal static class Sam2CheckpointContract
{
    // The published files serve the video model too; these are its own tensors (memory attention and encoder, object pointers).
    private static readonly string[] VideoPrefixes =
    [
        "memory_", "mask_downsample", "object_pointer_", "no_object_pointer", "no_memory_positional_encoding",
        "occlusion_spatial_embedding_parameter", "temporal_positional_encoding_",
    ];

    /// <summary>Whether a tensor belongs to the video model alone, which the image model leaves aside.</summary>
    public static bool IsOfVideoModel(string tensor) => VideoPrefixes.Any(prefix => tensor.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Every tensor that the graphs of the parts need, by name.</summary>
    public static IReadOnlyDictionary<string, GraphParameter> RequiredTensors(Sam2ModelConfig config, ModelParts parts = ModelParts.All)
    {
        var required = new SortedDictionary<string, GraphParameter>(StringComparer.Ordinal);
        if (parts.HasFlag(ModelParts.ImageEncoder))
        {
            Add(ImageEncoderGraph.Build(config));
        }

        if (parts.HasFlag(ModelParts.PromptDecoder))
        {
            Add(PromptDecoderGraph.Build(config, withMaskInput: true));
        }

        return required;

        void Add(GraphModel graph)
        {
            foreach (var (name, parameter) in graph.Parameters)
            {
                required[name] = parameter;
            }
        }
    }

    /// <summary>Checks that nothing is missing, too much or of another shape. Tensors of SAM 2's video parts are allowed and ignored.</summary>
    /// <exception cref="CheckpointFormatException">Something is; the message names the tensor, what was expected and what was found.</exception>
    public static void Verify(Sam2ModelConfig config, ICheckpoint checkpoint)
    {
        var required = RequiredTensors(config);
        VerifyShapes(required, checkpoint);
        foreach (var (name, found) in checkpoint.Tensors)
        {
            if (!required.ContainsKey(name) && !IsOfVideoModel(name))
            {
                throw new CheckpointFormatException(checkpoint.Source, name, "no tensor of that name in this configuration", Describe(found.Shape));
            }
        }
    }

    /// <summary>Checks that no tensor of the parts is missing or of another shape; what else there is does not matter.</summary>
    /// <exception cref="CheckpointFormatException">One is; the message names the tensor, what was expected and what was found.</exception>
    public static void Verify(Sam2ModelConfig config, ICheckpoint checkpoint, ModelParts parts) =>
        VerifyShapes(RequiredTensors(config, parts), checkpoint);

    private static void VerifyShapes(IReadOnlyDictionary<string, GraphParameter> required, ICheckpoint checkpoint)
    {
        foreach (var (name, parameter) in required)
        {
            if (!checkpoint.Tensors.TryGetValue(name, out var found))
            {
                throw new CheckpointFormatException(checkpoint.Source, name, Describe(parameter.Shape), "no such tensor");
            }

            if (!found.Shape.SequenceEqual(parameter.Shape))
            {
                throw new CheckpointFormatException(checkpoint.Source, name, Describe(parameter.Shape), Describe(found.Shape));
            }
        }
    }

    private static string Describe(IEnumerable<int> shape) => $"shape [{string.Join(", ", shape)}]";
}
