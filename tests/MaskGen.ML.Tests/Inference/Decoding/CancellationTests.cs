using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Inference.Decoding;

/// <summary>How much work a decoder still does after it was asked to stop, counted and not timed.</summary>
public class CancellationTests(CancellationTests.Session session) : IClassFixture<CancellationTests.Session>
{
    // A fifth of what one core with 256-bit vectors does in a second.
    private const long MostProductsAfter = 2_000_000_000;

    private readonly FusedMaskDecoder _decoder = session.Decoder;
    private readonly EncodedImage _image = FusedMaskDecoderTests.RandomImage(session.Config, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Prepare_CancelledOnTheWay_Ends()
    {
        AssertEndsSoon(500_000_000, token => _decoder.Prepare(_image, token).Dispose());
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(400_000_000)]
    [InlineData(3_000_000_000)]
    [InlineData(15_000_000_000)]
    public void Decode_OnePromptOfManyPointsCancelledOnTheWay_Ends(long after)
    {
        using var prepared = _decoder.Prepare(_image, Token);
        var prompts = FusedMaskDecoderTests.Prompts(1, Sam2Prompt.MaximumPoints + 1, session.Config.ImageSize);

        AssertEndsSoon(after, token => _decoder.Decode(prepared, prompts, token).Dispose());
    }

    [Fact]
    public void UpscaleMasks_CancelledOnTheWay_Ends()
    {
        using var prepared = _decoder.Prepare(_image, Token);
        using var batch = _decoder.Decode(prepared, FusedMaskDecoderTests.Prompts(6, 2, session.Config.ImageSize), Token);
        MaskIndex[] masks = [.. Enumerable.Range(0, 18).Select(i => new MaskIndex(i / 3, 1 + (i % 3)))];
        var logits = new float[masks.Length * session.Config.MaskSize * session.Config.MaskSize];

        AssertEndsSoon(500_000_000, token => batch.UpscaleMasks(masks, logits, token));
    }

    private void AssertEndsSoon(long after, Action<CancellationToken> work)
    {
        using var cancellation = new CancellationTokenSource();
        var start = session.Kernels.Products;
        (session.Kernels.Cancellation, session.Kernels.CancelAt) = (cancellation, start + after);

        var error = Assert.ThrowsAny<OperationCanceledException>(() => work(cancellation.Token));

        session.Kernels.CancelAt = long.MaxValue;
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.InRange(session.Kernels.Products - start - after, 0, MostProductsAfter);
    }

    /// <summary>A decoder of the official sizes.</summary>
    public sealed class Session : IDisposable
    {
        private readonly OpenedSam2Model _model = TestModel.OpenOfficial("tiny");

        public Session() =>
            Decoder = new FusedMaskDecoder(_model.Weights, _model.Config, new Sam2SessionOptions { ThreadCount = 2 }, Kernels);

        internal CancellingKernels Kernels { get; } = new(PanelKernels.Best);

        internal Sam2ModelConfig Config => _model.Config;

        internal FusedMaskDecoder Decoder { get; }

        public void Dispose()
        {
            Decoder.Dispose();
            _model.Dispose();
        }
    }
}
