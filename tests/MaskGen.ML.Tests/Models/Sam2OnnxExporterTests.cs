using Microsoft.ML;

namespace MaskGen.ML.Tests.Models;

public class Sam2OnnxExporterTests
{
    [Fact]
    public void Export_Micro_EncoderRunsInMlNetsOwnOnnxStage()
    {
        using var folder = new TestFolder();
        var files = Sam2OnnxExporter.Export(Sam2Model.FromFile(Fixture.Path("micro")), folder.Path);
        using var golden = new GoldenImage("micro", "scene");
        var ml = new MLContext();
        var data = ml.Data.LoadFromEnumerable(
            [new Input { Image = golden["pixel_values"].ToArray() }],
            SchemaDefinitionFor(golden["pixel_values"].Length));

        var model = ml.Transforms.ApplyOnnxModel(["image_embed"], ["image"], files[0]).Fit(data);

        var output = Assert.Single(ml.Data.CreateEnumerable<Output>(model.Transform(data), reuseRowObject: false));
        Near.Assert("embedding", golden["image_embedding"].Span, output.Embedding, Tolerances.Embedding);
        Assert.Equal(["decoder.onnx", "encoder.onnx"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Export_FourAtOnceIntoOneFolder_LeavesWholeFilesAlone()
    {
        using var alone = new TestFolder();
        using var shared = new TestFolder();
        var model = Sam2Model.FromFile(Fixture.Path("micro"));
        var expected = Sam2OnnxExporter.Export(model, alone.Path);
        using var start = new Barrier(4);

        await Task.WhenAll(Enumerable.Range(0, start.ParticipantCount).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                Sam2OnnxExporter.Export(model, shared.Path);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(["decoder.onnx", "encoder.onnx"], Directory.GetFiles(shared.Path).Select(Path.GetFileName).Order());
        Assert.All(expected, path => Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(shared[Path.GetFileName(path)])));
    }

    private static Microsoft.ML.Data.SchemaDefinition SchemaDefinitionFor(int length)
    {
        var definition = Microsoft.ML.Data.SchemaDefinition.Create(typeof(Input));
        definition["image"].ColumnType = new Microsoft.ML.Data.VectorDataViewType(Microsoft.ML.Data.NumberDataViewType.Single, length);
        return definition;
    }

    private sealed class Input
    {
        [Microsoft.ML.Data.ColumnName("image")]
        public float[] Image { get; set; } = [];
    }

    private sealed class Output
    {
        [Microsoft.ML.Data.ColumnName("image_embed")]
        public float[] Embedding { get; set; } = [];
    }
}
