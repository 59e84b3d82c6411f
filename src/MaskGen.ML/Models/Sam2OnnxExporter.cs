using Google.Protobuf;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Files;
using MaskGen.ML.Models;
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

    /// <summary>Writes both files into a folder, which is made if need be. Each is written whole or not at all, and so are both: an
    /// export that fails, or is killed, never leaves the encoder of one model beside the decoder of another.</summary>
    /// <param name="model">Which model; the encoder is written in its <see cref="Sam2Model.EncoderPrecision"/>. In
    /// <see cref="EncoderPrecision.Float16"/> it has weights that ONNX Runtime takes and ML.NET's <c>ApplyOnnxModel</c> does not.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="overwrite">Whether files of these names are replaced whoever wrote them; otherwise those of an earlier export
    /// alone.</param>
    /// <returns>The paths of the files, encoder first.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint or its configuration is not a SAM 2.</exception>
    /// <exception cref="IOException">A file cannot be written, or one of its name is there that this library did not write; nothing was
    /// changed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or a file in it may not be used.</exception>
    /// <exception cref="NotSupportedException">The model is in ONNX already.</exception>
    public static IReadOnlyList<string> Export(Sam2Model model, string folder, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var (encoder, decoder) = (Path.Combine(folder, EncoderFileName), Path.Combine(folder, DecoderFileName));

        // Before the work, and again after it: either may take minutes.
        ThrowIfTaken(encoder, overwrite);
        ThrowIfTaken(decoder, overwrite);
        using var opened = model.OpenVerified();
        if (opened.Export is { } export)
        {
            throw new NotSupportedException(
                $"Expected a checkpoint to export, found {model.Name}, which is in ONNX already ({export.Family.Name}, {export.Name}).");
        }

        var isNew = !Directory.Exists(folder);
        Directory.CreateDirectory(folder);
        try
        {
            using var encoderFile = Write(ImageEncoderGraph.Build(opened.Config, opened.EncoderPrecision), opened.Weights, encoder);
            using var decoderFile = Write(
                PromptDecoderGraph.Build(opened.Config, withMaskInput: true, multimaskOnly: true), opened.Weights, decoder);
            ThrowIfTaken(encoder, overwrite);
            ThrowIfTaken(decoder, overwrite);

            // Whoever ends here leaves an encoder alone, not one beside the decoder of another model.
            File.Delete(decoder);
            encoderFile.Complete();
            decoderFile.Complete();
            return [encoder, decoder];
        }
        catch when (isNew)
        {
            DeleteIfEmpty(folder);
            throw;
        }
    }

    private static void ThrowIfTaken(string path, bool overwrite)
    {
        if (ExportedFile.WhyKept(path) is { } why && (!overwrite || Directory.Exists(path)))
        {
            throw new IOException(
                $"{path} {why}; the export is not written over it. Move it away, choose another folder, or have it overwritten "
                + "(overwrite, --overwrite).");
        }
    }

    private static void DeleteIfEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Somebody has put something into it meanwhile.
        }
    }

    // All of it but its name.
    private static AtomicFile Write(GraphModel graph, ICheckpoint weights, string path)
    {
        var file = new AtomicFile(path);
        try
        {
            Embed(graph, weights);
            graph.Proto.WriteTo(file.Stream);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
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
            tensor.RawData = ByteString.CopyFrom(initializer.Bytes(weights.ReadFloat32));
        }
    }
}
