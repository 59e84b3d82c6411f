using MaskGen.ML.Checkpoints;
using MaskGen.ML.DataView;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Stages;

/// <summary>Writes a model into a saved stage and reads it back, so that loading needs neither the checkpoint nor a network.</summary>
/// <remarks>
/// Among the stage's values: the model's name without the folders of this machine, the fingerprint of the whole model, and its recommended
/// thresholds. As parts: <c>config.json</c> in Hugging Face's form, and <c>model.safetensors</c> with the tensors of the stage and no
/// others, float16 where the checkpoint has float16 and float32 otherwise. Tensors go one by one from the checkpoint into the archive and,
/// on loading, in one piece into the memory that the session then reads. A model in ONNX has other parts (<see cref="SavedExport"/>).
/// </remarks>
internal static class SavedModel
{
    private const string ConfigurationPart = "config.json";
    private const string WeightsPart = "model.safetensors";
    private const string NameValue = "modelName";
    private const string FingerprintValue = "modelFingerprint";
    private const string PredictedIouValue = "modelPredictedIou";
    private const string StabilityScoreValue = "modelStabilityScore";
    private const string EncoderPrecisionValue = "modelEncoderPrecision";

    // From this layout of the stages on, a model says what its encoder computes with.
    private const uint LayoutWithPrecision = 4;

    /// <summary>The format of a stage with a model: a library that would not see the precision of its encoder, and take float32, is not to
    /// read it.</summary>
    public static ModelFormat FormatOf(StageModel stageModel, ModelFormat format) =>
        stageModel.Model.EncoderPrecision == EncoderPrecision.Float32 ? format : format with { ReadableFrom = LayoutWithPrecision };

    /// <exception cref="InvalidOperationException">The model's files are others than those that the stage has worked with.</exception>
    /// <exception cref="CheckpointFormatException">The model's files are not those of a SAM 2.</exception>
    public static void Write(SavedStageWriter writer, StageModel stageModel, ModelParts parts)
    {
        // Before anything is written: it compares the files with what the stage has in use.
        using var opened = stageModel.Open();
        writer.Add(NameValue, stageModel.Name);
        writer.Add(FingerprintValue, stageModel.Fingerprint);
        writer.Add(PredictedIouValue, stageModel.Model.RecommendedThresholds.PredictedIou);
        writer.Add(StabilityScoreValue, stageModel.Model.RecommendedThresholds.StabilityScore);
        if (opened.Export is { } export)
        {
            SavedExport.Write(writer, export, parts);
            return;
        }

        if (stageModel.Model.EncoderPrecision != EncoderPrecision.Float32)
        {
            writer.Add(EncoderPrecisionValue, stageModel.Model.EncoderPrecision.ToString());
        }

        writer.AddPart(ConfigurationPart, stream => stream.Write(Sam2ModelConfigWriter.Write(opened.Config)));
        var tensors = Sam2CheckpointContract.RequiredTensors(opened.Config, parts)
            .Select(tensor => (tensor.Key, Stored(opened.Weights.Tensors[tensor.Key])))
            .ToList();
        writer.AddPart(WeightsPart, stream => SafetensorsWriter.Write(stream, tensors, opened.Weights.ReadFloat32));
    }

    /// <exception cref="FormatException">The archive lacks a part of the model, or a value of it is damaged.</exception>
    /// <exception cref="CheckpointFormatException">Configuration or weights are damaged.</exception>
    public static StageModel Read(SavedStageReader reader, ModelParts parts)
    {
        var name = reader.Text(NameValue);
        var fingerprint = reader.Text(FingerprintValue);
        var thresholds = new RecommendedThresholds
        {
            PredictedIou = reader.Number(PredictedIouValue, 0f, 1f), StabilityScore = reader.Number(StabilityScoreValue, 0f, 1f),
        };
        if (SavedExport.IsIn(reader))
        {
            var export = SavedExport.Read(reader, name);
            return StageModel.Saved(Sam2Model.FromOpened(name, thresholds, export), export.Config, fingerprint);
        }

        var config = Part(ConfigurationPart, Sam2ModelConfigReader.Read);
        var weights = Part(WeightsPart, SafetensorsReader.Read);
        Sam2CheckpointContract.Verify(config, weights, parts);
        var model = Sam2Model.FromOpened(name, thresholds, config, weights).WithEncoderPrecision(Precision(reader));
        return StageModel.Saved(model, config, fingerprint);

        T Part<T>(string part, Func<Stream, string, T> read)
        {
            var source = $"saved model {name}, {part}";
            return reader.Part(
                part,
                stream => read(stream, source),
                (problem, cause) => new CheckpointFormatException(source, $"is damaged: {problem}", cause));
        }
    }

    // Left out for float32, as in stages that are older than the choice.
    private static EncoderPrecision Precision(SavedStageReader reader) => reader.TextOrNull(EncoderPrecisionValue) switch
    {
        null => EncoderPrecision.Float32,
        nameof(EncoderPrecision.Int8) => EncoderPrecision.Int8,
        nameof(EncoderPrecision.Float16) => EncoderPrecision.Float16,
        var other => throw SavedStageReader.Damaged(
            $"expected {EncoderPrecision.Int8} or {EncoderPrecision.Float16} as the precision of the encoder, found '{other}'."),
    };

    private static TensorDescription Stored(TensorDescription tensor) =>
        tensor.ElementType == TensorElementType.Float16 ? tensor : tensor with { ElementType = TensorElementType.Float32 };
}
