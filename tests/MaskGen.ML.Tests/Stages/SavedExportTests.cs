using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Pipelines with a model in ONNX: what is saved is whole, and needs nothing of the disk that it came from.</summary>
public sealed class SavedExportTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    public static TheoryData<string> Kinds => [.. OnnxExports.Kinds.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Load_PipelineOfAnExport_GivesTheSameWithoutItsFiles(string kind)
    {
        using var source = new TestFolder();
        foreach (var file in Directory.GetFiles(OnnxExports.FolderOf(kind), "*", SearchOption.AllDirectories))
        {
            source.Write(Path.GetRelativePath(OnnxExports.FolderOf(kind), file), File.ReadAllBytes(file));
        }

        var data = StageData.Images(_ml, ["images/scene.png"]);
        var model = Estimator(Sam2Model.FromOnnx(source.Path)).Fit(data);
        var expected = Row(model.Transform(data));
        _ml.Model.Save(model, data.Schema, _folder["model.zip"]);
        (model as IDisposable)!.Dispose();
        foreach (var file in Directory.GetFiles(source.Path, "*", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        var loaded = _ml.Model.Load(_folder["model.zip"], out _);
        var found = Row(loaded.Transform(data));
        _ml.Model.Save(loaded, data.Schema, _folder["again.zip"]);
        (loaded as IDisposable)!.Dispose();
        var again = _ml.Model.Load(_folder["again.zip"], out _);
        var foundAgain = Row(again.Transform(data));
        (again as IDisposable)!.Dispose();

        Assert.NotEmpty(expected);
        Assert.Equal(expected, found);
        Assert.Equal(expected, foundAgain);
    }

    [Theory]
    [InlineData("model-0.onnx")]
    [InlineData("model-0.onnx_data-0")]
    [InlineData("model-1.onnx")]
    [InlineData("export.json")]
    public void Load_PartChanged_NamesIt(string part)
    {
        var data = StageData.Images(_ml, ["images/scene.png"]);
        var model = Generator(OnnxExports.Open("transformers.js")).Fit(data);
        _ml.Model.Save(model, data.Schema, _folder["model.zip"]);
        (model as IDisposable)!.Dispose();
        using (var archive = ZipFile.Open(_folder["model.zip"], ZipArchiveMode.Update))
        {
            var entry = Assert.Single(archive.Entries, entry => entry.Name == part);
            using var stream = entry.Open();
            stream.Position = stream.Length - 4;
            var value = stream.ReadByte();
            stream.Position--;
            stream.WriteByte((byte)(value ^ 1));
        }

        // ML.NET loads what it finds by reflection.
        var error = Assert.ThrowsAny<Exception>(() => _ml.Model.Load(_folder["model.zip"], out _)).GetBaseException();

        Assert.IsType<CheckpointFormatException>(error);
        Assert.Contains($"is damaged: {part}: expected the SHA-256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_FileReplacedAfterTheFirstLook_IsRefused()
    {
        using var source = new TestFolder();
        OnnxExports.Copy("samexporter", source);
        var data = StageData.Images(_ml, ["images/scene.png"]);
        using var model = (MaskGenerationTransformer)Generator(Sam2Model.FromOnnx(source.Path)).Fit(data);
        _ = Row(model.Transform(data));
        OnnxExports.Change(source["micro.encoder.onnx"], file => file.ProducerVersion = "another");

        var error = Assert.ThrowsAny<InvalidOperationException>(() => _ml.Model.Save(model, data.Schema, _folder["model.zip"]));

        Assert.Contains("has changed since this stage first looked at it", error.GetBaseException().Message, StringComparison.Ordinal);
    }

    // Each part of the model in a stage of its own, and the whole of it in one.
    private IEstimator<ITransformer> Estimator(Sam2Model model) => _ml.Transforms
        .EncodeSam2Images("Embedding", "Image", new() { Model = model })
        .Append(_ml.Transforms.GenerateMasks("FromEmbedding", "Embedding", Options(model)))
        .Append(_ml.Transforms.GenerateMasks("Masks", "Image", Options(model)));

    private IEstimator<ITransformer> Generator(Sam2Model model) => _ml.Transforms.GenerateMasks("Masks", "Image", Options(model));

    private static AutomaticMaskGenerationOptions Options(Sam2Model model) => new()
    {
        Model = model, PointsPerSide = 3, PredictedIouThreshold = 0.3f, StabilityScoreThreshold = 0.3f,
    };

    private static List<MaskSet> Row(IDataView view)
    {
        var names = new[] { "Masks", "FromEmbedding" }.Where(name => view.Schema.GetColumnOrNull(name) is not null);
        return [.. names.SelectMany(name => view.GetColumn<MaskSet>(view.Schema[name]))];
    }
}
