using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Models;

public class NanoModelTests
{
    private const double SameMask = 0.99;

    /// <summary>Rounding the weights may move a mask across a threshold.</summary>
    private const int MasksAcrossAThreshold = 1;

    [Fact]
    public void Nano_RecommendedThresholds_AreItsOwn()
    {
        Assert.Equal("nano", Sam2Model.Nano.Name);
        Assert.Equal(new RecommendedThresholds { PredictedIou = 0.6f, StabilityScore = 0.8f }, Sam2Model.Nano.RecommendedThresholds);
    }

    [Fact]
    public void WithEncoderPrecision_Int8_IsTheSameModelButForItsFingerprint()
    {
        var model = Sam2Model.Nano.WithEncoderPrecision(EncoderPrecision.Int8);

        Assert.Equal((EncoderPrecision.Float32, EncoderPrecision.Int8), (Sam2Model.Nano.EncoderPrecision, model.EncoderPrecision));
        Assert.Equal((Sam2Model.Nano.Name, Sam2Model.Nano.RecommendedThresholds), (model.Name, model.RecommendedThresholds));
        Assert.NotEqual(Sam2Model.Nano.Fingerprint, model.Fingerprint);
        Assert.Equal(Sam2Model.Nano.Fingerprint, model.WithEncoderPrecision(EncoderPrecision.Float32).Fingerprint);
        Assert.Same(model, model.WithEncoderPrecision(EncoderPrecision.Int8));
        Assert.True(model.IsNano);
        Assert.False(Sam2Model.FromFile(Fixture.Path("nano")).IsNano);
        Assert.Equal("SAM 2 model nano, image encoder in Int8", model.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => model.WithEncoderPrecision((EncoderPrecision)7));
    }

    [Fact]
    public void Nano_Weights_AreTheFixtureRoundedToHalf()
    {
        using var nano = Sam2Model.Nano.Open();
        using var fixture = SafetensorsReader.Open(Fixture.Path("nano/model.safetensors"));

        Assert.Equal(fixture.Tensors.Keys.Order(), nano.Weights.Tensors.Keys.Order());
        foreach (var (name, description) in fixture.Tensors)
        {
            Assert.Equal(TensorElementType.Float16, nano.Weights.Tensors[name].ElementType);
            Assert.Equal(description.Shape.AsSpan(), nano.Weights.Tensors[name].Shape.AsSpan());
            Assert.Equal(fixture.ReadFloat32(name).ToArray().Select(v => (float)(Half)v), nano.Weights.ReadFloat32(name).ToArray());
        }
    }

    [Fact]
    public void Nano_Config_IsTheFixtures()
    {
        using var nano = Sam2Model.Nano.Open();
        Assert.Equal(
            Sam2ModelConfigWriter.Write(Sam2ModelConfigReader.Read(Fixture.Path("nano/config.json"))),
            Sam2ModelConfigWriter.Write(nano.Config));
    }

    [Theory]
    [InlineData("breakfast")]
    [InlineData("still-life")]
    public void Nano_Everything_FindsTheMasksOfTheFloat32Weights(string image)
    {
        var rounded = Segment(Sam2Model.Nano, image);
        var exact = Segment(Sam2Model.FromFile(Fixture.Path("nano")), image);

        Assert.InRange(rounded.Count, exact.Count - MasksAcrossAThreshold, exact.Count + MasksAcrossAThreshold);
        var unmatched = rounded.Where(mask => !exact.Any(other => MaskIou.Of(mask.Segmentation, other.Segmentation) >= SameMask)).ToList();
        Assert.Empty(unmatched);
    }

    /// <summary>Makes the embedded weights anew from the float32 file: run it with <c>-explicit only</c> and the variable set to
    /// src/MaskGen.ML/Models/Nano.</summary>
    [Fact(Explicit = true)]
    public void Regenerate_EmbeddedWeights()
    {
        const string Variable = "MASKGEN_REGENERATE_NANO";
        var folder = Environment.GetEnvironmentVariable(Variable);
        Assert.True(Directory.Exists(folder), $"{Variable} must name the folder to write the embedded model to.");

        using var fixture = SafetensorsReader.Open(Fixture.Path("nano/model.safetensors"));
        using (var file = File.Create(Path.Combine(folder, "model.safetensors")))
        {
            CheckpointFile.Write(file, fixture, TensorElementType.Float16);
        }

        File.Copy(Fixture.Path("nano/config.json"), Path.Combine(folder, "config.json"), overwrite: true);
    }

    private static MaskSet Segment(Sam2Model model, string image)
    {
        var thresholds = Sam2Model.Nano.RecommendedThresholds;
        using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions
        {
            Model = model,
            PointsPerSide = 12,
            PredictedIouThreshold = thresholds.PredictedIou,
            StabilityScoreThreshold = thresholds.StabilityScore,
        });
        return generator.Generate(RgbImage.Load(Fixture.Path($"images/{image}.png")), null, TestContext.Current.CancellationToken);
    }
}
