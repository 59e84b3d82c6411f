using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Tests.Inference;

public sealed class OnnxSessionBuilderTests : IDisposable
{
    private static readonly RgbImage Image = RgbImage.Load(Fixture.Path("images/scene.png"));

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("ein Ordner, größer/ältere Gewichte.safetensors")]
    public void Build_WeightsInAFileOrInMemory_GiveTheSameEmbedding(string name)
    {
        var path = _folder.Write(name, File.ReadAllBytes(Fixture.Path("micro/model.safetensors")));
        using var file = SafetensorsReader.Open(path);
        using var stream = File.OpenRead(path);
        using var memory = SafetensorsReader.Read(stream, path);

        Assert.Equal(Embedding(memory), Embedding(file));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Build_OfficialWeightsWholeOrHalf_GiveTheSameFromAFileAndFromMemory(bool isHalf)
    {
        var path = OfficialWeights(isHalf ? TensorElementType.Float16 : TensorElementType.Float32);
        using var file = SafetensorsReader.Open(path);
        using var stream = File.OpenRead(path);
        using var memory = SafetensorsReader.Read(stream, path);
        using var fromFile = new Sam2ImageEncoder(LoadedModelTests.SmallTiny, file);
        using var fromMemory = new Sam2ImageEncoder(LoadedModelTests.SmallTiny, memory);

        Assert.Equal(
            fromMemory.Encode(Image, TestContext.Current.CancellationToken).ImageEmbedding.ToArray(),
            fromFile.Encode(Image, TestContext.Current.CancellationToken).ImageEmbedding.ToArray());
    }

    [Fact]
    public void Build_LargeWeights_AreGivenBackWhenPackedAndAllAtTheEnd()
    {
        using var official = TestModel.OpenOfficial("tiny");
        using var lending = new LendingCheckpoint(official.Weights);
        using (new Sam2ImageEncoder(LoadedModelTests.SmallTiny, lending))
        {
            // Which ones a session packs hangs on the processor; where it packs none, memory is not what this test is about.
            Assert.InRange(lending.LentBytes, 80_000_000, long.MaxValue);
            Assert.InRange(lending.GivenBackBytes, lending.LentBytes / 10 * 9, lending.LentBytes);
        }

        Assert.Equal(lending.LentBytes, lending.GivenBackBytes);
    }

    [Fact]
    public void Build_WeightsThatEndHalfWay_GivesAllBackAndThrows()
    {
        using var official = TestModel.OpenOfficial("tiny");
        using var lending = new LendingCheckpoint(official.Weights, failAt: 20);

        Assert.Throws<CheckpointFormatException>(() => new Sam2ImageEncoder(LoadedModelTests.SmallTiny, lending));

        Assert.InRange(lending.LentBytes, 1, long.MaxValue);
        Assert.Equal(lending.LentBytes, lending.GivenBackBytes);
    }

    [Fact]
    public void Build_GraphThatIsNone_GivesAllBackAndSaysItOnOneLine()
    {
        var builder = new GraphBuilder("wrong");
        builder.Output(builder.MatMul(builder.Input("x", "n", 3), builder.Parameter("large", 4, 50_000)), "y", "n", 50_000);
        using var lending = new LendingCheckpoint(new FormulaCheckpoint(new Dictionary<string, TensorDescription>
        {
            ["large"] = new(TensorElementType.Float32, [4, 50_000]),
        }));

        var error = Assert.Throws<InvalidOperationException>(() => new OnnxSession(builder.Build(), lending, new Sam2SessionOptions()));

        Assert.StartsWith("ONNX Runtime failed: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(lending.LentBytes, lending.GivenBackBytes);
    }

    [Fact]
    public void Run_SymbolicDimensionsBesideLargeWeights_TakeAnySize()
    {
        const int columns = 20_000;
        var builder = new GraphBuilder("product");
        builder.Output(builder.MatMul(builder.Input("x", "n", 2), builder.Parameter("large", 2, columns)), "y", "n", columns);
        using var weights = new FormulaCheckpoint(new Dictionary<string, TensorDescription>
        {
            ["large"] = new(TensorElementType.Float32, [2, columns]),
        });
        using var session = new OnnxSession(builder.Build(), weights, new Sam2SessionOptions());
        var large = weights.ReadFloat32("large").Span;
        foreach (var rows in (int[])[1, 3])
        {
            var result = new float[rows * columns];
            using var x = OnnxSession.Tensor(Enumerable.Range(0, 2 * rows).Select(i => (float)i).ToArray(), rows, 2);
            using var y = OnnxSession.Tensor(result, rows, columns);

            session.Run(["x"], [x], ["y"], [y], TestContext.Current.CancellationToken);

            Assert.Equal((2 * (rows - 1) * large[7]) + (((2 * rows) - 1) * large[columns + 7]), result[((rows - 1) * columns) + 7], 1e-5f);
        }
    }

    [Fact]
    public void Decode_OnnxDecoderWhoseWeightsAreClosed_TakesMaskPromptsToo()
    {
        using var golden = new GoldenImage("micro", "scene");
        var model = TestModel.Open("micro");
        var config = model.Config;
        using var decoder = new Sam2PromptDecoder(config, new OnnxMaskDecoder(config, model.Weights, new Sam2SessionOptions()));
        model.Dispose();
        var image = new EncodedImage(
            golden.Size, config.ImageSize, golden["image_embedding"], golden["high_resolution_features.0"],
            golden["high_resolution_features.1"]);
        foreach (var name in (string[])["one-point", "mask-and-point"])
        {
            var expected = golden.Cases.Single(golden => golden.Name == name);

            var answer = decoder.Decode(image, [golden.Prompt(expected)], expected.Output, TestContext.Current.CancellationToken)[0];

            Near.Assert(name, expected.PredictedIou, [.. answer.Masks.Select(mask => mask.PredictedIou)], Tolerances.PredictedIou);
        }
    }

    private static float[] Embedding(ICheckpoint weights)
    {
        using var encoder = new Sam2ImageEncoder(TestModel.Config("micro"), weights);
        return encoder.Encode(Image, TestContext.Current.CancellationToken).ImageEmbedding.ToArray();
    }

    private string OfficialWeights(TensorElementType type)
    {
        using var official = TestModel.OpenOfficial("tiny");
        using var stream = new MemoryStream();
        CheckpointFile.Write(stream, official.Weights, type);
        return _folder.Write($"{type}.safetensors", stream.ToArray());
    }
}
