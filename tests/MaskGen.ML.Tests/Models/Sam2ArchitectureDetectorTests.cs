using System.Text;
using System.Text.Json;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests.Checkpoints;

namespace MaskGen.ML.Tests.Models;

public class Sam2ArchitectureDetectorTests
{
    public static TheoryData<string> Sizes => ["tiny", "small", "base_plus", "large"];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void BySize_EqualsThePublishedConfiguration(string size)
    {
        var published = Sam2ModelConfigReader.Read(Fixture.Path($"official/{size}/config.json"));
        Assert.Equal(Text(published), Text(OfficialArchitectures.BySize[size]));
        Assert.Equal(size, OfficialArchitectures.SizeOf(published));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Detect_OfficialShapes_GivesTheirArchitecture(string size) =>
        Assert.Equal(Text(OfficialArchitectures.BySize[size]), Text(Sam2ArchitectureDetector.Detect(Official(size))));

    [Fact]
    public void Detect_OtherArchitecture_SaysWhatItFound()
    {
        using var micro = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        var error = Assert.Throws<CheckpointFormatException>(() => Sam2ArchitectureDetector.Detect(micro));
        Assert.Contains(
            "stage widths [16, 32, 64, 128], blocks [1, 2, 3, 2], background 7x7, first window 8, d = 32", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fits_MicroAndItsConfiguration_Agree()
    {
        using var micro = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        var architecture = TensorArchitecture.Read(micro);
        Assert.True(architecture.Fits(Sam2ModelConfigReader.Read(Fixture.Path("micro/config.json"))));
        Assert.False(architecture.Fits(Sam2ModelConfigReader.Read(Fixture.Path("nano/config.json"))));
    }

    [Fact]
    public void Detect_NoSam2_NamesTheMissingTensor()
    {
        var other = new FormulaCheckpoint(new Dictionary<string, TensorDescription> { ["a"] = new(TensorElementType.Float32, [1]) });
        var error = Assert.Throws<CheckpointFormatException>(() => Sam2ArchitectureDetector.Detect(other));
        Assert.NotNull(error.Tensor);
    }

    [Fact]
    public void FromFile_MetaFileOfTinysArchitectureAlone_IsTiny()
    {
        using var folder = new TestFolder();
        using var formula = Official("tiny");
        var path = folder.Write("sam2_hiera_tiny.pt", MetaCheckpoint.Write(formula));
        using var opened = Sam2Model.FromFile(path).Open();

        Assert.Equal("tiny", OfficialArchitectures.SizeOf(opened.Config));
        Assert.Equal(formula.Tensors.Keys.Order(), opened.Weights.Tensors.Keys.Order());
        foreach (var name in formula.Tensors.Keys)
        {
            Assert.True(formula.ReadFloat32(name).Span.SequenceEqual(opened.Weights.ReadFloat32(name).Span), name);
        }
    }

    [Fact]
    public void FromFile_ConfigurationBeside_WinsOverTheShapes()
    {
        using var folder = new TestFolder();
        folder.Write("config.json", File.ReadAllBytes(Fixture.Path("micro/config.json")));
        File.Copy(Fixture.Path("micro/micro.pt"), folder["weights.pt"]);
        using var opened = Sam2Model.FromFile(folder["weights.pt"]).Open();
        Assert.Equal(128, opened.Config.ImageSize);

        File.Delete(folder["config.json"]);
        Assert.Throws<CheckpointFormatException>(() => Sam2Model.FromFile(folder["weights.pt"]).Open());
    }

    [Fact]
    public void FromFile_ArchiveUnderAnotherName_IsRecognised()
    {
        using var folder = new TestFolder();
        folder.Write("config.json", File.ReadAllBytes(Fixture.Path("micro/config.json")));
        File.Copy(Fixture.Path("micro/micro.pt"), folder["model.safetensors"]);
        using var opened = Sam2Model.FromFile(folder.Path).Open();
        Assert.Equal(261, opened.Weights.Tensors.Count);
    }

    internal static FormulaCheckpoint Official(string size)
    {
        using var goldens = JsonDocument.Parse(File.ReadAllBytes(Fixture.Path($"official/{size}/goldens.json")));
        return new FormulaCheckpoint(goldens.RootElement.GetProperty("tensors").EnumerateObject().ToDictionary(
            t => t.Name,
            t => new TensorDescription(TensorElementType.Float32, [.. t.Value.EnumerateArray().Select(d => d.GetInt32())])));
    }

    private static string Text(Sam2ModelConfig config) => Encoding.UTF8.GetString(Sam2ModelConfigWriter.Write(config));
}
