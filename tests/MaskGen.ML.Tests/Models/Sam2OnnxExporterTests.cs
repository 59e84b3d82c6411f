using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;

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

    [Theory]
    [InlineData(EncoderPrecision.Int8)]
    [InlineData(EncoderPrecision.Float16)]
    public void Export_OtherPrecision_EncoderGivesTheEmbeddingOfTheLibrarysInOnnxRuntime(EncoderPrecision precision)
    {
        using var folder = new TestFolder();
        using var golden = new GoldenImage("micro", "scene");
        var model = Sam2Model.FromFile(Fixture.Path("micro")).WithEncoderPrecision(precision);
        using var encoder = new Sam2ImageEncoder(model);
        using var exported = new InferenceSession(Sam2OnnxExporter.Export(model, folder.Path)[0]);
        using var image = OrtValue.CreateTensorValueFromMemory(
            golden["pixel_values"].ToArray(), [1, 3, encoder.InputSize, encoder.InputSize]);
        using var options = new RunOptions();

        using var outputs = exported.Run(options, ["image"], [image], ["image_embed"]);

        var expected = encoder.Encode(golden["pixel_values"], golden.Size, TestContext.Current.CancellationToken);
        Near.Assert(
            "embedding", expected.ImageEmbedding.Span, outputs[0].GetTensorDataAsSpan<float>().ToArray(), Tolerances.Embedding);
    }

    [Fact]
    public void Export_Int8_EncoderGivesTheEmbeddingOfTheLibrarysInMlNet()
    {
        using var folder = new TestFolder();
        using var golden = new GoldenImage("micro", "scene");
        var model = Sam2Model.FromFile(Fixture.Path("micro")).WithEncoderPrecision(EncoderPrecision.Int8);
        var files = Sam2OnnxExporter.Export(model, folder.Path);
        using var encoder = new Sam2ImageEncoder(model);
        var ml = new MLContext();
        var data = ml.Data.LoadFromEnumerable(
            [new Input { Image = golden["pixel_values"].ToArray() }],
            SchemaDefinitionFor(golden["pixel_values"].Length));

        var exported = ml.Transforms.ApplyOnnxModel(["image_embed"], ["image"], files[0]).Fit(data);

        var output = Assert.Single(ml.Data.CreateEnumerable<Output>(exported.Transform(data), reuseRowObject: false));
        var expected = encoder.Encode(golden["pixel_values"], golden.Size, TestContext.Current.CancellationToken);
        Near.Assert("embedding", expected.ImageEmbedding.Span, output.Embedding, Tolerances.Embedding);
    }

    [Theory]
    [InlineData("micro", "scene")]
    [InlineData("nano", "still-life")]
    public void Export_Decoder_GivesTheReferencesMasksInOnnxRuntime(string name, string image)
    {
        using var folder = new TestFolder();
        using var golden = new GoldenImage(name, image);
        using var exported = Decoder(name, golden, folder);
        foreach (var item in golden.Cases.Where(item => item.Multimask))
        {
            var (logits, iou, objectScores) = exported.Run(golden.Prompt(item));

            Near.Assert(
                $"{item}: logits", golden[$"low_resolution_mask_logits.{item.Name}"].Span, logits, Tolerances.LowResolutionMaskLogits);
            Near.Assert($"{item}: predicted IoU", item.PredictedIou, iou, Tolerances.PredictedIou);
            Near.Assert($"{item}: object score", [item.ObjectScoreLogit], objectScores, Tolerances.ObjectScoreLogit);
        }
    }

    // The references give one mask alone where a mask is fed back; the decoder of the library gives all three.
    [Theory]
    [InlineData("micro", "scene", "mask-and-point")]
    [InlineData("micro", "scene", "box-and-background-point")]
    [InlineData("micro", "scene", "one-point", "fractional-point", "corner-point")]
    [InlineData("nano", "still-life", "mask-and-point")]
    public void Export_Decoder_AgreesWithTheLibrarys(string name, string image, params string[] cases)
    {
        using var folder = new TestFolder();
        using var golden = new GoldenImage(name, image);
        using var exported = Decoder(name, golden, folder);
        using var decoder = new Sam2PromptDecoder(Sam2Model.FromFile(Fixture.Path(name)));
        var encoded = new EncodedImage(
            golden.Size, TestModel.Config(name).ImageSize, golden["image_embedding"], golden["high_resolution_features.0"],
            golden["high_resolution_features.1"]);
        Sam2Prompt[] prompts = [.. cases.Select(item => golden.Prompt(golden.Cases.Single(other => other.Name == item)))];

        var (logits, iou, objectScores) = exported.Run(prompts);

        var expected = decoder.Decode(encoded, prompts, MaskOutput.Multimask, TestContext.Current.CancellationToken);
        var masks = expected.SelectMany(answer => answer.Masks).ToArray();
        Near.Assert(
            "logits", masks.SelectMany(mask => mask.LowResolutionMaskLogits.ToArray()).ToArray(), logits,
            Tolerances.LowResolutionMaskLogits);
        Near.Assert("predicted IoU", [.. masks.Select(mask => mask.PredictedIou)], iou, Tolerances.PredictedIou);
        Near.Assert("object score", [.. expected.Select(answer => answer.ObjectScoreLogit)], objectScores, Tolerances.ObjectScoreLogit);
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

    [Theory]
    [InlineData("encoder.onnx", "somebody's model, longer than the head that is looked at: it says nothing of its producer")]
    [InlineData("decoder.onnx", "\u0008\u000a\u0012\u0007pytorch")]
    public void Export_FileOfAnotherProgram_IsKeptUnlessToldOtherwise(string name, string content)
    {
        using var folder = new TestFolder();
        var model = Sam2Model.FromFile(Fixture.Path("micro"));
        File.WriteAllText(folder[name], content);

        var error = Assert.Throws<IOException>(() => Sam2OnnxExporter.Export(model, folder.Path));

        Assert.StartsWith($"{folder[name]} was not written by this library", error.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(folder[name]));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));

        Sam2OnnxExporter.Export(model, folder.Path, overwrite: true);
        Sam2OnnxExporter.Export(model, folder.Path);
        Assert.Equal(["decoder.onnx", "encoder.onnx"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Export_FolderInPlaceOfTheDecoder_ChangesNothing()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["decoder.onnx"]);

        var error = Assert.Throws<IOException>(
            () => Sam2OnnxExporter.Export(Sam2Model.FromFile(Fixture.Path("micro")), folder.Path, overwrite: true));

        Assert.Contains("decoder.onnx is a folder", error.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    private static ExportedDecoder Decoder(string model, GoldenImage golden, TestFolder folder) =>
        new(Sam2OnnxExporter.Export(Sam2Model.FromFile(Fixture.Path(model)), folder.Path)[1], golden, TestModel.Config(model).ImageSize);

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
