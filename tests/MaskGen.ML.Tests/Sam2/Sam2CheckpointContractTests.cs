using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Sam2;

public class Sam2CheckpointContractTests
{
    [Theory]
    [InlineData("tiny")]
    [InlineData("small")]
    [InlineData("base_plus")]
    [InlineData("large")]
    public void RequiredTensors_OfficialArchitecture_AreTheApprovedNamesAndShapes(string size)
    {
        var approved = OfficialGoldens.Read(size).Tensors.Select(tensor => $"{tensor.Key} [{string.Join(", ", tensor.Value)}]");

        var required = Sam2CheckpointContract.RequiredTensors(TestModel.Config($"official/{size}"))
            .Select(tensor => $"{tensor.Key} [{string.Join(", ", tensor.Value.Shape)}]");

        Assert.Equal(approved.Order(StringComparer.Ordinal), required.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("micro")]
    [InlineData("nano")]
    public void Verify_FixtureModel_Passes(string name)
    {
        using var opened = TestModel.Open(name);

        Verify(opened.Config, opened.Weights);
    }

    [Fact]
    public void Verify_MissingTensor_NamesIt()
    {
        using var checkpoint = Micro(tensors => tensors.Remove("mask_decoder.iou_token.weight"));

        var error = Assert.Throws<CheckpointFormatException>(() => Verify(TestModel.Config("micro"), checkpoint));

        Assert.Equal(
            "formula weights: tensor 'mask_decoder.iou_token.weight': expected shape [1, 32], found no such tensor.", error.Message);
    }

    [Fact]
    public void Verify_ExtraTensor_NamesIt()
    {
        using var checkpoint = Micro(
            tensors => tensors.Add("mask_decoder.surprise", new TensorDescription(TensorElementType.Float32, [2, 3])));

        var error = Assert.Throws<CheckpointFormatException>(() => Verify(TestModel.Config("micro"), checkpoint));

        Assert.Equal("mask_decoder.surprise", error.Tensor);
        Assert.Contains("found shape [2, 3]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_VideoTensors_AreIgnored()
    {
        using var checkpoint = Micro(
            tensors => tensors.Add("memory_encoder.fuser.weight", new TensorDescription(TensorElementType.Float32, [2, 3])));

        Verify(TestModel.Config("micro"), checkpoint);
    }

    [Fact]
    public void Verify_MisshapenTensor_SaysExpectedAndFound()
    {
        using var checkpoint = Micro(tensors => tensors["no_memory_embedding"] = new TensorDescription(TensorElementType.Float32, [1, 32]));

        var error = Assert.Throws<CheckpointFormatException>(() => Verify(TestModel.Config("micro"), checkpoint));

        Assert.Equal("formula weights: tensor 'no_memory_embedding': expected shape [1, 1, 32], found shape [1, 32].", error.Message);
    }

    [Fact]
    public void Verify_OnePart_AsksForItsTensorsAlone()
    {
        var config = TestModel.Config("micro");
        using var checkpoint = Micro(tensors => tensors.Remove("mask_decoder.iou_token.weight"));

        Sam2CheckpointContract.Verify(config, checkpoint, ModelParts.ImageEncoder);
        var error = Assert.Throws<CheckpointFormatException>(
            () => Sam2CheckpointContract.Verify(config, checkpoint, ModelParts.PromptDecoder));

        Assert.Equal("mask_decoder.iou_token.weight", error.Tensor);
    }

    private static FormulaCheckpoint Micro(Action<Dictionary<string, TensorDescription>> change)
    {
        var tensors = Sam2CheckpointContract.RequiredTensors(TestModel.Config("micro"))
            .ToDictionary(tensor => tensor.Key, tensor => new TensorDescription(TensorElementType.Float32, tensor.Value.Shape));
        change(tensors);
        return new FormulaCheckpoint(tensors);
    }

    private static void Verify(Sam2ModelConfig config, ICheckpoint checkpoint) =>
        Sam2CheckpointContract.Verify(Sam2CheckpointContract.RequiredTensors(config), checkpoint);
}
