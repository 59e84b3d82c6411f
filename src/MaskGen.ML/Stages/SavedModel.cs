using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;
using Microsoft.ML;

namespace MaskGen.ML.Stages;

/// <summary>Writes a model into a saved stage and reads it back, so that loading needs neither the checkpoint nor a network.</summary>
/// <remarks>
/// In the stage's own stream: the model's name (text), then its recommended thresholds (float32 predicted IoU, float32 stability score).
/// Beside it: <c>config.json</c> in Hugging Face's form, and <c>model.safetensors</c> with the tensors of the parts and no others, float16
/// where the checkpoint has float16 and float32 otherwise. Tensors go one by one from the checkpoint into the archive and, on loading,
/// in one piece into the memory that the session then reads.
/// </remarks>
internal static class SavedModel
{
    private const string ConfigurationStream = "config.json";
    private const string WeightsStream = "model.safetensors";

    public static void Write(ModelSaveContext context, StageModel stageModel, ModelParts parts)
    {
        using var opened = stageModel.Open();
        context.SaveNonEmptyString(stageModel.Model.Name);
        context.Writer.Write(stageModel.Model.RecommendedThresholds.PredictedIou);
        context.Writer.Write(stageModel.Model.RecommendedThresholds.StabilityScore);
        context.SaveBinaryStream(ConfigurationStream, writer => writer.Write(Sam2ModelConfigWriter.Write(opened.Config)));
        var tensors = Sam2CheckpointContract.RequiredTensors(opened.Config, parts)
            .Select(tensor => (tensor.Key, Stored(opened.Weights.Tensors[tensor.Key])))
            .ToList();
        context.SaveBinaryStream(WeightsStream, writer => SafetensorsWriter.Write(writer.BaseStream, tensors, opened.Weights.ReadFloat32));
    }

    /// <exception cref="FormatException">The archive lacks a part of the model.</exception>
    /// <exception cref="CheckpointFormatException">A part of the model is damaged.</exception>
    public static StageModel Read(ModelLoadContext context, ModelParts parts)
    {
        var name = context.LoadNonEmptyString();
        var thresholds = new RecommendedThresholds(context.Reader.ReadSingle(), context.Reader.ReadSingle());
        var config = ReadStream(
            context, ConfigurationStream, stream => Sam2ModelConfigReader.Read(stream, Source(name, ConfigurationStream)));
        var weights = ReadStream(context, WeightsStream, stream => SafetensorsReader.Read(stream, Source(name, WeightsStream)));
        Sam2CheckpointContract.Verify(config, weights, parts);
        return new StageModel(Sam2Model.FromOpened(name, thresholds, config, weights), IsSaved: true);
    }

    private static TensorDescription Stored(TensorDescription tensor) =>
        tensor.ElementType == TensorElementType.Float16 ? tensor : tensor with { ElementType = TensorElementType.Float32 };

    private static T ReadStream<T>(ModelLoadContext context, string name, Func<Stream, T> read)
    {
        T? value = default;
        return context.TryLoadBinaryStream(name, reader => value = read(reader.BaseStream))
            ? value!
            : throw new FormatException($"The saved model is damaged: expected {name} in it, found none.");
    }

    private static string Source(string model, string stream) => $"saved model {model}, {stream}";
}
