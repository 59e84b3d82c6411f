using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests;

/// <summary>Opens the models of the fixtures.</summary>
internal static class TestModel
{
    /// <summary>A fixture model with its float32 weights: <c>micro</c> or <c>nano</c>.</summary>
    public static OpenedSam2Model Open(string name) =>
        new(Config(name), SafetensorsReader.Open(Fixture.Path($"{name}/model.safetensors")));

    /// <summary>An official architecture (<c>tiny</c>, <c>small</c>, <c>base_plus</c>, <c>large</c>) with formula weights.</summary>
    public static OpenedSam2Model OpenOfficial(string size)
    {
        var config = Config($"official/{size}");
        var tensors = Sam2CheckpointContract.RequiredTensors(config)
            .ToDictionary(tensor => tensor.Key, tensor => new TensorDescription(TensorElementType.Float32, tensor.Value.Shape));
        return new OpenedSam2Model(config, new FormulaCheckpoint(tensors));
    }

    public static Sam2ModelConfig Config(string folder) => Sam2ModelConfigReader.Read(Fixture.Path($"{folder}/config.json"));
}
