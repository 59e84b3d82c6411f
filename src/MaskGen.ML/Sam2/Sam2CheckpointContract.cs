using System.Text.RegularExpressions;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>Which tensors, of which shapes, a checkpoint must hold for a configuration.</summary>
internal static partial class Sam2CheckpointContract
{
    /// <summary>Every tensor that the graphs need, by name.</summary>
    public static IReadOnlyDictionary<string, GraphParameter> RequiredTensors(Sam2ModelConfig config)
    {
        var required = new SortedDictionary<string, GraphParameter>(StringComparer.Ordinal);
        foreach (var graph in (GraphModel[])[ImageEncoderGraph.Build(config), PromptDecoderGraph.Build(config, withMaskInput: true)])
        {
            foreach (var (name, parameter) in graph.Parameters)
            {
                required[name] = parameter;
            }
        }

        return required;
    }

    /// <summary>Checks that nothing is missing, too much or of another shape. Tensors of SAM 2's video parts are allowed and ignored.</summary>
    /// <exception cref="CheckpointFormatException">Something is; the message names the tensor, what was expected and what was found.</exception>
    public static void Verify(Sam2ModelConfig config, ICheckpoint checkpoint)
    {
        var required = RequiredTensors(config);
        foreach (var (name, parameter) in required)
        {
            var expected = Describe(parameter.Shape);
            if (!checkpoint.Tensors.TryGetValue(name, out var found))
            {
                throw new CheckpointFormatException(checkpoint.Source, name, $"shape {expected}", "no such tensor");
            }

            if (!found.Shape.SequenceEqual(parameter.Shape))
            {
                throw new CheckpointFormatException(checkpoint.Source, name, $"shape {expected}", $"shape {Describe(found.Shape)}");
            }
        }

        foreach (var (name, found) in checkpoint.Tensors)
        {
            if (!required.ContainsKey(name) && !VideoTensor().IsMatch(name))
            {
                throw new CheckpointFormatException(checkpoint.Source, name, "no tensor of that name in this configuration", $"shape {Describe(found.Shape)}");
            }
        }
    }

    private static string Describe(IEnumerable<int> shape) => $"[{string.Join(", ", shape)}]";

    // The published files serve the video model too; these are its own tensors (memory attention and encoder, object pointers).
    [GeneratedRegex("^(memory_|mask_downsample|object_pointer_|no_object_pointer|no_memory_positional_encoding|occlusion_spatial_embedding_parameter|temporal_positional_encoding_)")]
    private static partial Regex VideoTensor();
}
