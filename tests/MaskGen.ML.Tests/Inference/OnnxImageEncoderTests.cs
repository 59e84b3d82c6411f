using System.Runtime.CompilerServices;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;

namespace MaskGen.ML.Tests.Inference;

/// <summary>Embeddings that stay where they are computed, on ONNX Runtime's CPU.</summary>
public class OnnxImageEncoderTests
{
    private static readonly Sam2SessionOptions There = new() { ThreadCount = 2, ComputesAsElsewhere = true };
    private static readonly RgbImage Image = RgbImage.Load(Fixture.Path("images/scene.png"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Encode_LeftThere_GivesTheSameValuesWhenTheyAreAskedFor()
    {
        using var opened = TestModel.Open("micro");
        using var here = new Sam2ImageEncoder(opened.Config, opened.Weights, There with { ComputesAsElsewhere = false });
        var expected = here.Encode(Image, Token);
        EncodedImage encoded;
        using (var there = new Sam2ImageEncoder(opened.Config, opened.Weights, There))
        {
            encoded = there.Encode(Image, Token);
            Assert.False(encoded.IsCopied);
        }

        // From many threads, and after its encoder is gone.
        Parallel.For(0, 8, _ => Assert.Equal(expected.ImageEmbedding.ToArray(), encoded.ImageEmbedding.ToArray()));
        Assert.Equal(expected.HighResolutionFeatures0.ToArray(), encoded.HighResolutionFeatures0.ToArray());
        Assert.Equal(expected.HighResolutionFeatures1.ToArray(), encoded.HighResolutionFeatures1.ToArray());
        Assert.True(expected.IsCopied && encoded.IsCopied);
        using var first = new MemoryStream();
        using var second = new MemoryStream();
        expected.Save(first);
        encoded.Save(second);
        Assert.Equal(first.ToArray(), second.ToArray());
    }

    [Fact]
    public void Segment_LeftThere_CopiesNothingAndGivesTheMasksOfTheCpu()
    {
        using var opened = TestModel.Open("nano");
        using var here = new Sam2ImageEncoder(opened.Config, opened.Weights);
        using var fused = new Sam2PromptDecoder(opened.Config, opened.Weights);
        using var there = new Sam2ImageEncoder(opened.Config, opened.Weights, There);
        using var decoder = new Sam2PromptDecoder(opened.Config, opened.Weights, There);
        var prompts = new[] { Sam2Prompt.FromPoint(200, 150), Sam2Prompt.FromPoint(60, 90), Sam2Prompt.FromBox(new(20, 20, 180, 160)) };
        var encoded = there.Encode(Image, Token);
        var expected = fused.Segment(here.Encode(Image, Token), prompts, MaskOutput.Multimask, cancellationToken: Token);

        var found = decoder.Segment(encoded, prompts, MaskOutput.Multimask, cancellationToken: Token);

        Assert.False(encoded.IsCopied);
        Assert.Equal(expected.Count, found.Count);
        Assert.All(
            expected.Zip(found),
            pair => Assert.InRange(MaskIou.Of(pair.First.Segmentation, pair.Second.Segmentation), Tolerances.MaskIou, 1));

        // A decoder that computes elsewhere than the encoder takes a copy.
        var again = fused.Segment(encoded, prompts, MaskOutput.Multimask, cancellationToken: Token);
        Assert.True(encoded.IsCopied);
        Assert.Equal(expected, again);
    }

    [Fact]
    public void Generate_LeftThere_CopiesNothingAndGivesTheMasksOfTheCpu()
    {
        using var here = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions { PointsPerSide = 8 });
        using var there = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions { PointsPerSide = 8, Session = There });
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano, There);
        var encoded = encoder.Encode(Image, Token);
        var expected = here.Generate(Image, cancellationToken: Token);

        MaskSet[] results = [there.Generate(Image, cancellationToken: Token), there.Generate(encoded, cancellationToken: Token)];
        foreach (var found in results)
        {
            Assert.Equal(expected.Count, found.Count);
            Assert.All(
                expected,
                mask => Assert.InRange(found.Max(other => MaskIou.Of(mask.Segmentation, other.Segmentation)), Tolerances.MaskIou, 1));
        }

        Assert.False(encoded.IsCopied);
        Assert.NotEmpty(expected);
    }

    [Fact]
    public void Prepare_LeftThereWithValuesThatAreNotFinite_NamesThem()
    {
        using var opened = TestModel.Open("micro");
        var weights = new InfiniteBias(opened.Weights, "mask_decoder.conv_s1.bias");
        using var encoder = new Sam2ImageEncoder(opened.Config, weights, There);
        using var decoder = new OnnxMaskDecoder(opened.Config, opened.Weights, There);
        var encoded = encoder.Encode(Image, Token);

        var error = Assert.Throws<ArgumentException>(() => decoder.Prepare(encoded, Token));

        Assert.Contains("at index 0 of the high-resolution features of level 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_LeftThere_IsFreedAfterItsLastUse()
    {
        using var opened = TestModel.Open("micro");
        using var encoder = new Sam2ImageEncoder(opened.Config, opened.Weights, There);

        var tensors = Encode(encoder);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.All(tensors, tensor => Assert.False(tensor.TryGetTarget(out _)));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference<DeviceTensor>[] Encode(Sam2ImageEncoder encoder)
        {
            var encoded = encoder.Encode(Image, Token);
            return [.. encoded.On(encoder.Device)!.Tensors.Select(tensor => new WeakReference<DeviceTensor>(tensor))];
        }
    }

    [Fact]
    public void Create_OnAnotherDevice_ChoosesTheDecoderOfIt()
    {
        using var opened = TestModel.Open("micro");
        using var here = Sam2PromptDecoder.CreateMaskDecoder(opened.Config, opened.Weights, new Sam2SessionOptions());
        using var there = Sam2PromptDecoder.CreateMaskDecoder(opened.Config, opened.Weights, There);

        Assert.IsType<FusedMaskDecoder>(here);
        Assert.IsType<OnnxMaskDecoder>(there);
        Assert.Equal("CPU", there.Device.ToString());
    }

    [Theory]
    [InlineData("CUDA", true)]
    [InlineData("TensorRT", true)]
    [InlineData("DirectML", false)]
    [InlineData("OpenVINO", false)]
    public void DeviceMemory_IsCommon_WhereAddressesAre(string provider, bool expected) =>
        Assert.Equal(expected, DeviceMemory.IsCommon(new Sam2Device { ExecutionProvider = provider }));

    private sealed class InfiniteBias(ICheckpoint inner, string name) : ICheckpoint
    {
        public string Source => inner.Source;

        public IReadOnlyDictionary<string, TensorDescription> Tensors => inner.Tensors;

        public ReadOnlyMemory<float> ReadFloat32(string tensor)
        {
            var values = inner.ReadFloat32(tensor);
            return tensor == name ? Enumerable.Repeat(float.PositiveInfinity, values.Length).ToArray() : values;
        }

        public void Dispose()
        {
        }
    }
}
