using MaskGen.ML.Inference;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Inference;

public class SingleMaskChoiceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private const int MaskPixels = 4;
    private static readonly MaskDecoderConfig Config = new();

    [Fact]
    public void Upscale_StableSingleMask_IsTaken()
    {
        var logits = new float[MaskPixels];

        var tokens = SingleMaskChoice.Upscale(new FakeBatch([5, 5, -5, -5]), Config, MaskPixels, logits, Token);

        Assert.Equal([0], tokens);
        Assert.Equal([5, 5, -5, -5], logits);
    }

    [Fact]
    public void Upscale_UnstableSingleMask_GivesWayToTheBestOfThree()
    {
        var logits = new float[MaskPixels];

        var tokens = SingleMaskChoice.Upscale(new FakeBatch([5, 0.01f, -5, -5]), Config, MaskPixels, logits, Token);

        Assert.Equal([2], tokens);
        Assert.Equal([2, 2, 2, 2], logits);
    }

    [Fact]
    public void Upscale_EmptySingleMask_CountsAsStable()
    {
        var tokens = SingleMaskChoice.Upscale(new FakeBatch([-5, -5, -5, -5]), Config, MaskPixels, new float[MaskPixels], Token);

        Assert.Equal([0], tokens);
    }

    [Fact]
    public void Upscale_WithoutDynamicMultimask_TakesTheSingleMask()
    {
        var config = Config with { DynamicMultimaskViaStability = false };

        var tokens = SingleMaskChoice.Upscale(new FakeBatch([5, 0.01f, -5, -5]), config, MaskPixels, new float[MaskPixels], Token);

        Assert.Equal([0], tokens);
    }

    // One prompt; token 0 has the given logits, token n is n everywhere; token 2 is predicted best.
    private sealed class FakeBatch(float[] singleMask) : IDecodedBatch
    {
        private readonly float[] _predictedIou = [0.9f, 0.3f, 0.5f, 0.4f];

        public int Count => 1;

        public int MaskTokens => 4;

        public ReadOnlySpan<float> PredictedIou => _predictedIou;

        public ReadOnlySpan<float> ObjectScoreLogits => default;

        public void UpscaleMasks(ReadOnlySpan<MaskIndex> masks, Span<float> logits, CancellationToken cancellationToken = default)
        {
            Assert.Equal(1, masks.Length);
            if (masks[0].Token == 0)
            {
                singleMask.CopyTo(logits);
            }
            else
            {
                logits[..MaskPixels].Fill(masks[0].Token);
            }
        }

        public void Dispose()
        {
        }
    }
}
