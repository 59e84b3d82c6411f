using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.OnnxGraph;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Inference;

/// <summary>The image encoder in int8 and float16 against the one in float32.</summary>
public sealed class EncoderPrecisionTests
{
    /// <summary>Of the length of the embedding: measured 1.6 % with nano and 2.2 % with formula weights of the tiny architecture.</summary>
    private const double MostDifference = 0.04;

    /// <summary>What was aimed at for the median of masks; measured 0.998.</summary>
    private const double LeastMedianIou = 0.97;

    /// <summary>Of the length of the embedding in float16, whose steps are a 2048th.</summary>
    private const double MostDifferenceOfFloat16 = 0.01;

    private static readonly Sam2Model Nano8 = Sam2Model.Nano.WithEncoderPrecision(EncoderPrecision.Int8);

    [Fact]
    public void Int8Linear_LargestValuesOfAll_AreSummedWithoutOverflow()
    {
        // What two products of 8 bits make is held in 16 bits by processors without VNNI.
        const int inputs = 64;
        const int outputs = 48;
        const int rows = 20;
        var weight = Enumerable.Range(0, outputs).SelectMany(o => Enumerable.Repeat(o % 3 == 0 ? -0.5f : 0.5f, inputs)).ToArray();
        foreach (var shared in (bool[])[false, true])
        {
            using var session = new OnnxSession(
                Product(inputs, outputs, shared), new MemoryCheckpoint("w", [outputs, inputs], weight), new Sam2SessionOptions());
            var result = new float[rows * outputs];
            using var x = OnnxSession.Tensor(Enumerable.Repeat(2f, rows * inputs).ToArray(), rows, inputs);
            using var y = OnnxSession.Tensor(result, rows, outputs);

            session.Run(["x"], [x], ["y"], [y], TestContext.Current.CancellationToken);

            Assert.All(result, (value, i) => Assert.Equal(i % outputs % 3 == 0 ? -inputs : inputs, value, 1e-3f));
        }
    }

    [Fact]
    public void Int8Linear_RandomRows_AreNearTheProduct()
    {
        const int inputs = 96;
        const int outputs = 70;
        const int rows = 33;
        var random = new Random(5);
        var weight = Enumerable.Range(0, outputs * inputs).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var values = Enumerable.Range(0, rows * inputs).Select(_ => random.NextSingle() - 0.2f).ToArray();
        using var session = new OnnxSession(
            Product(inputs, outputs, shared: true), new MemoryCheckpoint("w", [outputs, inputs], weight), new Sam2SessionOptions());
        var result = new float[rows * outputs];
        using var x = OnnxSession.Tensor(values, rows, inputs);
        using var y = OnnxSession.Tensor(result, rows, outputs);

        session.Run(["x"], [x], ["y"], [y], TestContext.Current.CancellationToken);

        for (var row = 0; row < rows; row++)
        {
            for (var output = 0; output < outputs; output++)
            {
                var expected = 0.0;
                for (var i = 0; i < inputs; i++)
                {
                    expected += values[(row * inputs) + i] * weight[(output * inputs) + i];
                }

                // Half a step of either factor, each of 96 times, mostly cancels: about 0.02.
                Assert.Equal(expected, result[(row * outputs) + output], 0.1);
            }
        }
    }

    [Theory]
    [InlineData("micro", "scene", EncoderPrecision.Int8, MostDifference)]
    [InlineData("nano", "still-life", EncoderPrecision.Int8, MostDifference)]
    [InlineData("micro", "scene", EncoderPrecision.Float16, MostDifferenceOfFloat16)]
    [InlineData("nano", "still-life", EncoderPrecision.Float16, MostDifferenceOfFloat16)]
    public void Encode_OtherPrecision_IsNearFloat32(string name, string image, EncoderPrecision precision, double most)
    {
        using var opened = TestModel.Open(name);
        using var exact = new Sam2ImageEncoder(opened.Config, opened.Weights);
        using var quantized = new Sam2ImageEncoder(opened.Config, opened.Weights, precision: precision);
        var pixels = RgbImage.Load(Fixture.Path($"images/{image}.png"));

        var (first, second) = (
            exact.Encode(pixels, TestContext.Current.CancellationToken), quantized.Encode(pixels, TestContext.Current.CancellationToken));

        foreach (var part in (Func<EncodedImage, ReadOnlyMemory<float>>[])
            [encoded => encoded.ImageEmbedding, encoded => encoded.HighResolutionFeatures0, encoded => encoded.HighResolutionFeatures1])
        {
            // Not 0 either: then it would not be another precision.
            Assert.InRange(Difference(part(first).Span, part(second).Span), 1e-5, most);
        }
    }

    [Theory]
    [InlineData(EncoderPrecision.Int8)]
    [InlineData(EncoderPrecision.Float16)]
    public void Segment_NanoInOtherPrecision_GivesTheMasksOfFloat32(EncoderPrecision precision)
    {
        const int side = 6;
        var image = RgbImage.Load(Fixture.Path("images/breakfast.png"));
        Sam2Prompt[] prompts =
        [
            .. Enumerable.Range(0, side * side).Select(i => Sam2Prompt.FromPoint(
                ((i % side) + 0.5f) / side * image.Size.Width, ((i / side) + 0.5f) / side * image.Size.Height)),
        ];
        var (expected, found) = (Segment(Sam2Model.Nano), Segment(Sam2Model.Nano.WithEncoderPrecision(precision)));

        var ious = expected.Zip(found, (one, other) => MaskIou.Of(one.Segmentation, other.Segmentation)).Order().ToArray();

        Assert.InRange(ious[ious.Length / 2], LeastMedianIou, 1);

        MaskSet Segment(Sam2Model model)
        {
            using var encoder = new Sam2ImageEncoder(model);
            using var decoder = new Sam2PromptDecoder(model);
            var encoded = encoder.Encode(image, TestContext.Current.CancellationToken);
            return decoder.Segment(encoded, prompts, MaskOutput.Multimask, cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void Decode_EmbeddingOfTheOtherPrecision_IsRefused()
    {
        using var encoder = new Sam2ImageEncoder(Nano8);
        using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
        var encoded = encoder.Encode(RgbImage.Load(Fixture.Path("images/narrow.png")), TestContext.Current.CancellationToken);

        var error = Assert.Throws<ArgumentException>(
            () => decoder.Decode(encoded, [Sam2Prompt.FromPoint(2, 2)], MaskOutput.Single, TestContext.Current.CancellationToken));

        Assert.Equal(Nano8.Fingerprint, encoded.ModelFingerprint);
        Assert.Contains("or in another precision", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Int8_LendsAQuarterAndKeepsNoFloats()
    {
        using var official = TestModel.OpenOfficial("tiny");
        var graph = ImageEncoderGraph.Build(official.Config, EncoderPrecision.Int8);

        var floats = graph.Initializers.Where(one => one.ElementType != OnnxElementTypes.Int8).Sum(one => one.Count);
        var bytes = graph.Initializers.Where(one => one.ElementType == OnnxElementTypes.Int8).Sum(one => one.Count);
        var all = graph.Parameters.Values.Sum(parameter => parameter.Shape.Aggregate(1L, (count, length) => count * length));

        // The neck, the patch embedding and the position embedding as it is computed are what is left.
        Assert.InRange(bytes, all * 9 / 10, all);
        Assert.InRange(floats, 1, all / 10);
    }

    [Fact]
    public void Load_Float16_LendsHalfAndSumsInFloat32()
    {
        using var official = TestModel.OpenOfficial("tiny");
        var graph = ImageEncoderGraph.Build(official.Config, EncoderPrecision.Float16);

        var halves = graph.Initializers.Where(initializer => initializer.ElementType == OnnxElementTypes.Float16).ToList();
        var all = graph.Parameters.Values.Sum(parameter => parameter.Shape.Aggregate(1L, (count, length) => count * length));

        Assert.InRange(halves.Sum(initializer => initializer.Count), all * 9 / 10, all);
        Assert.DoesNotContain(halves, initializer => initializer.Name.Contains("layer_norm", StringComparison.Ordinal));
        Assert.Equal(2 * halves[0].Count, halves[0].Bytes(official.Weights.ReadFloat32).Length);
    }

    [Fact]
    public void Create_Int8OnAGpuThatMayFallBack_RunsOnTheCpu()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "There is a GPU here.");
        using var encoder = new Sam2ImageEncoder(Nano8, new Sam2SessionOptions { GpuDeviceId = 0, FallbackToCpu = true });

        Assert.Null(encoder.Device.GpuDeviceId);
        Assert.Throws<InvalidOperationException>(() => new Sam2ImageEncoder(Nano8, new Sam2SessionOptions { GpuDeviceId = 0 }));
    }

    [Fact]
    public void ThrowUnlessCpu_AnyOtherDevice_IsRefusedByItsName()
    {
        Int8Processor.ThrowUnlessCpu(new Sam2Device { FallbackReason = "There is no GPU." });
        foreach (var device in new[] { new Sam2Device { GpuDeviceId = 3 }, new Sam2Device { ExecutionProvider = "TensorRT" } })
        {
            var error = Assert.Throws<InvalidOperationException>(() => Int8Processor.ThrowUnlessCpu(device));
            Assert.Contains($"Int8, found {device}: choose no other device", error.Message, StringComparison.Ordinal);
        }
    }

    private static GraphModel Product(int inputs, int outputs, bool shared)
    {
        var builder = new GraphBuilder("product");
        var x = builder.Input("x", "rows", inputs);
        GraphParameter[] source = [new("w", [outputs, inputs])];
        var weight = builder.DerivedInt8("steps", [inputs, outputs], source, values => Int8Weights.Transposed(values[0].Span, outputs));
        var scales = builder.Derived("scales", [outputs], source, values => Int8Weights.Scales(values[0].Span, outputs));
        var bias = builder.Constant(new float[outputs], outputs);
        builder.Output(
            shared ? builder.Int8Linear(builder.Quantize(x), weight, scales, bias) : builder.Int8Linear(x, weight, scales, bias),
            "y",
            "rows",
            outputs);
        return builder.Build();
    }

    private static double Difference(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        var (difference, total) = (0.0, 0.0);
        for (var i = 0; i < first.Length; i++)
        {
            difference += Math.Pow(first[i] - second[i], 2);
            total += Math.Pow(first[i], 2);
        }

        return Math.Sqrt(difference / total);
    }

    private sealed class MemoryCheckpoint(string name, int[] shape, float[] values) : ICheckpoint
    {
        public string Source => "memory";

        public IReadOnlyDictionary<string, TensorDescription> Tensors { get; } =
            new Dictionary<string, TensorDescription> { [name] = new(TensorElementType.Float32, [.. shape]) };

        public ReadOnlyMemory<float> ReadFloat32(string tensor) => values;

        public void Dispose()
        {
        }
    }
}
