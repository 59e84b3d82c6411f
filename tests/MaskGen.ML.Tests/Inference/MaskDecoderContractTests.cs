using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests.Inference.Decoding;

namespace MaskGen.ML.Tests.Inference;

/// <summary>What every mask decoder owes its callers.</summary>
public class MaskDecoderContractTests
{
    private static readonly Sam2ModelConfig Config = TestModel.Config("micro");

    public static TheoryData<string> Decoders { get; } = ["plain", "fused", "onnx"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain", 0, float.NaN)]
    [InlineData("plain", 1, float.PositiveInfinity)]
    [InlineData("plain", 2, float.NegativeInfinity)]
    [InlineData("onnx", 0, float.NaN)]
    [InlineData("onnx", 1, float.NegativeInfinity)]
    [InlineData("onnx", 2, float.PositiveInfinity)]
    [InlineData("fused", 0, float.NegativeInfinity)]
    [InlineData("fused", 1, float.NaN)]
    [InlineData("fused", 2, float.PositiveInfinity)]
    public void Prepare_ValuesThatAreNotFinite_NamesTensorIndexAndValue(string kind, int tensor, float value)
    {
        using var opened = TestModel.Open("micro");
        using var decoder = Create(kind, opened.Weights);
        var image = FusedMaskDecoderTests.RandomImage(Config, 1);
        var tensors = new[] { image.ImageEmbedding, image.HighResolutionFeatures0, image.HighResolutionFeatures1 };
        var damaged = tensors[tensor].ToArray();
        damaged[77] = value;
        tensors[tensor] = damaged;

        var error = Assert.Throws<ArgumentException>(
            () => decoder.Prepare(new EncodedImage(image.ImageSize, image.InputSize, tensors[0], tensors[1], tensors[2]), Token));

        var name = new[] { "image embedding", "features of level 0", "features of level 1" }[tensor];
        Assert.Contains(FormattableString.Invariant($"{value} at index 77 of the"), error.Message, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Decode_WeightsThatLeadBeyondAFloat_SaysSo(string kind)
    {
        using var opened = TestModel.Open("micro");
        var large = new ReplacedTensor(opened.Weights, "mask_decoder.iou_prediction_head.proj_out.bias", float.MaxValue);
        var larger = new ReplacedTensor(large, "mask_decoder.iou_prediction_head.layers.0.bias", float.MaxValue);
        var largest = new ReplacedTensor(larger, "mask_decoder.pred_obj_score_head.proj_out.weight", float.MaxValue);
        using var decoder = Create(kind, new ReplacedTensor(largest, "mask_decoder.pred_obj_score_head.layers.0.bias", float.MaxValue));
        using var image = decoder.Prepare(FusedMaskDecoderTests.RandomImage(Config, 1), Token);

        var error = Assert.Throws<InvalidOperationException>(() => decoder.Decode(image, FusedMaskDecoderTests.Prompts(2, 2, 128), Token));

        Assert.Contains("finite", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void AnyStep_CancelledBefore_ThrowsWithTheCallersToken(string kind)
    {
        using var opened = TestModel.Open("micro");
        using var decoder = Create(kind, opened.Weights);
        var encoded = FusedMaskDecoderTests.RandomImage(Config, 1);
        using var image = decoder.Prepare(encoded, Token);
        using var batch = decoder.Decode(image, FusedMaskDecoderTests.Prompts(2, 2, 128), Token);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var logits = new float[Config.MaskSize * Config.MaskSize];

        AssertCancelled(() => decoder.Prepare(FusedMaskDecoderTests.RandomImage(Config, 2), cancelled.Token));
        AssertCancelled(() => decoder.Decode(image, FusedMaskDecoderTests.Prompts(2, 2, 128), cancelled.Token));
        AssertCancelled(() => batch.UpscaleMasks([new MaskIndex(0, 1)], logits, cancelled.Token));

        // And goes on as if nothing had been.
        using var again = decoder.Prepare(FusedMaskDecoderTests.RandomImage(Config, 2), Token);
        batch.UpscaleMasks([new MaskIndex(0, 1)], logits, Token);
        Assert.Contains(logits, logit => logit != 0);

        void AssertCancelled(Action action) =>
            Assert.Equal(cancelled.Token, Assert.ThrowsAny<OperationCanceledException>(action).CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Decode_AfterTheCheckpointIsClosed_StillWorks(string kind)
    {
        using var opened = TestModel.Open("micro");
        var weights = new ClosableCheckpoint(opened.Weights);
        using var decoder = Create(kind, weights);
        weights.Close();
        using var image = decoder.Prepare(FusedMaskDecoderTests.RandomImage(Config, 1), Token);

        foreach (var hasMasks in new[] { false, true })
        {
            using var batch = decoder.Decode(image, FusedMaskDecoderTests.Prompts(2, 2, 128, hasMasks), Token);
            Assert.Equal(2, batch.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Decode_WhileAnotherThreadDisposes_WorksOrSaysThatItIsDisposed(string kind)
    {
        using var opened = TestModel.Open("micro");
        for (var round = 0; round < 10; round++)
        {
            using var decoder = Create(kind, opened.Weights);
            using var image = decoder.Prepare(FusedMaskDecoderTests.RandomImage(Config, 1), Token);
            using var barrier = new Barrier(3);
            Parallel.Invoke(
                () => Start(() => decoder.Decode(image, FusedMaskDecoderTests.Prompts(1, 2, 128, hasMasks: true), Token).Dispose()),
                () => Start(() => decoder.Decode(image, FusedMaskDecoderTests.Prompts(1, 2, 128), Token).Dispose()),
                () => Start(decoder.Dispose));

            void Start(Action action)
            {
                barrier.SignalAndWait(TimeSpan.FromSeconds(30), Token);
                try
                {
                    action();
                }
                catch (ObjectDisposedException)
                {
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Decode_MorePromptsThanOneArrayHolds_SaysHowMany(string kind)
    {
        using var opened = TestModel.Open("micro");
        using var decoder = Create(kind, opened.Weights);
        using var image = decoder.Prepare(FusedMaskDecoderTests.RandomImage(Config, 1), Token);
        var largest = PromptBatch.LargestCount(Config);
        var tooMany = new PromptBatch(1, new float[2 * (largest + 1)], new PromptTokenLabel[largest + 1], default);

        var error = Assert.Throws<ArgumentException>(() => decoder.Decode(image, tooMany, Token));

        Assert.Contains($"at most {largest} prompts", error.Message, StringComparison.Ordinal);
    }

    private static IMaskDecoder Create(string kind, ICheckpoint weights)
    {
        var options = new Sam2SessionOptions { ThreadCount = 2 };
        return kind switch
        {
            "plain" => new PlainMaskDecoder(Config, weights, options),
            "onnx" => new OnnxMaskDecoder(Config, weights, options),
            _ => new FusedMaskDecoder(weights, Config, options),
        };
    }

    private sealed class ReplacedTensor(ICheckpoint inner, string name, float value) : ICheckpoint
    {
        public string Source => inner.Source;

        public IReadOnlyDictionary<string, TensorDescription> Tensors => inner.Tensors;

        public ReadOnlyMemory<float> ReadFloat32(string tensor)
        {
            var values = inner.ReadFloat32(tensor);
            return tensor == name ? Enumerable.Repeat(value, values.Length).ToArray() : values;
        }

        public void Dispose()
        {
        }
    }

    private sealed class ClosableCheckpoint(ICheckpoint inner) : ICheckpoint
    {
        private bool _isClosed;

        public string Source => inner.Source;

        public IReadOnlyDictionary<string, TensorDescription> Tensors => inner.Tensors;

        public void Close() => _isClosed = true;

        public ReadOnlyMemory<float> ReadFloat32(string name)
        {
            Assert.False(_isClosed, "read after loading");
            return inner.ReadFloat32(name);
        }

        public void Dispose()
        {
        }
    }
}
