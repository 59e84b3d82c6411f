using System.Runtime.InteropServices;
using Google.Protobuf;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Files;
using MaskGen.ML.OnnxGraph;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Writes a model as two ONNX files, with the names that common SAM 2 exports use, for use elsewhere.</summary>
/// <remarks>The graphs use ONNX Runtime's own attention operator (domain com.microsoft) beside opset 20, so they run wherever ONNX Runtime
/// does, ML.NET's <c>ApplyOnnxModel</c> included. Safe for concurrent use.</remarks>
public static class Sam2OnnxExporter
{
    /// <summary>Name of the image encoder's file: <c>image</c> [1,3,S,S] to <c>high_res_feats_0</c>, <c>high_res_feats_1</c>,
    /// <c>image_embed</c>.</summary>
    public static string EncoderFileName => "encoder.onnx";

    /// <summary>Name of the prompt decoder's file: the encoder's outputs, <c>point_coords</c> [B,n,2] in pixels of the model input,
    /// <c>point_labels</c> [B,n] with one padding point (-1) each, <c>mask_input</c> [B,1,S/4,S/4] and <c>has_mask_input</c> [1] to
    /// <c>masks</c> [B,3,S/4,S/4] logits, <c>iou_predictions</c> [B,3] and <c>object_score_logits</c> [B,1].</summary>
    public static string DecoderFileName => "decoder.onnx";

    /// <summary>Writes both files into a folder, which is made if need be; each is written whole or not at all.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="folder">Where to.</param>
    /// <returns>The paths of the files, encoder first.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint or its configuration is not a SAM 2.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Export(Sam2Model model, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(folder);
        using var opened = model.OpenVerified();
        Directory.CreateDirectory(folder);
        return
        [
            Write(ImageEncoderGraph.Build(opened.Config), opened.Weights, Path.Combine(folder, EncoderFileName)),
            Write(
                PromptDecoderGraph.Build(opened.Config, withMaskInput: true, multimaskOnly: true),
                opened.Weights,
                Path.Combine(folder, DecoderFileName)),
        ];
    }

    private static string Write(GraphModel graph, ICheckpoint weights, string path)
    {
        Embed(graph, weights);
        AtomicFile.Write(path, graph.Proto.WriteTo);
        return path;
    }

    // Gives every initializer that the session would be handed its data inside the file.
    private static void Embed(GraphModel graph, ICheckpoint weights)
    {
        var tensors = graph.Proto.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var initializer in graph.Initializers)
        {
            var tensor = tensors[initializer.Name];
            tensor.ExternalData.Clear();
            tensor.ClearDataLocation();
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(initializer.Values(weights.ReadFloat32).Span));
        }
    }
}
