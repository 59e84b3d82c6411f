using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>Which tensors, of which shapes, a checkpoint must hold for a configuration.</summary>
internal static class Sam2CheckpointContract
{
    /// <summary>Whether a tensor belongs to the image model: the published files serve the video model too, and training code puts its own
    /// beside them.</summary>
    public static bool IsOfImageModel(string tensor) => ModelTensorNames.IsOfImageModel(tensor, isMeta: false);

    /// <summary>Every tensor that the graphs of the parts need, by name. Builds the graphs, so whoever needs the list twice keeps
    /// it.</summary>
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

    /// <summary>Checks that no tensor of the image model is missing, unreadable, too much or of another shape: one too much means that the
    /// configuration is another model's. Counters and the like, which are no floating-point numbers, are allowed, and so is all that is
    /// not of the image model.</summary>
    /// <param name="required">What <see cref="RequiredTensors"/> gives for the whole model.</param>
    /// <param name="checkpoint">The tensors that there are.</param>
    /// <exception cref="CheckpointFormatException">Something is; the message names the tensor, what was expected and what was
    /// found.</exception>
    public static void Verify(IReadOnlyDictionary<string, GraphParameter> required, ICheckpoint checkpoint)
    {
        VerifyShapes(required, checkpoint);
        foreach (var (name, found) in checkpoint.Tensors)
        {
            if (!required.ContainsKey(name) && IsOfImageModel(name) && found.IsReadable)
            {
                throw new CheckpointFormatException(
                    checkpoint.Source, name, "no tensor of that name in this configuration", Describe(found.Shape));
            }
        }
    }

    /// <summary>Checks that no tensor of the parts is missing, unreadable or of another shape; what else there is does not
    /// matter.</summary>
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

            if (!found.IsReadable)
            {
                throw new CheckpointFormatException(checkpoint.Source, name, TensorDescription.ReadableTypes, found.TypeName);
            }

            if (!found.Shape.SequenceEqual(parameter.Shape))
            {
                throw new CheckpointFormatException(checkpoint.Source, name, Describe(parameter.Shape), Describe(found.Shape));
            }
        }
    }

    private static string Describe(IEnumerable<int> shape) => $"shape [{string.Join(", ", shape)}]";
}
