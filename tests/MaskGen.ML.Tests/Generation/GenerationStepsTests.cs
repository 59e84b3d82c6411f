using MaskGen.ML.Generation;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Generation;

/// <summary>The generator's steps with a decoder whose answers are known.</summary>
public class GenerationStepsTests
{
    private const int MaskSize = 32;
    private const float Inside = 8;
    private const float Outside = -8;

    private static readonly Sam2ModelConfig Config = new() { ImageSize = 4 * MaskSize };

    // The image is as large as the grid, so that masks come out as they go in.
    private static readonly RgbImage Image = RgbImage.FromPixels(new ImageSize(MaskSize, MaskSize), new byte[3 * MaskSize * MaskSize]);

    private static readonly AutomaticMaskGenerationOptions Options = new() { PredictedIouThreshold = 0.1f, StabilityScoreThreshold = 0.5f };

    [Fact]
    public void Generate_EncoderThatGivesNaN_SaysSo()
    {
        using var decoder = new FakeMaskDecoder(MaskSize, (_, _, _, _) => new FakeAnswer(0.9f, Rectangle(0, 10)));
        using var generator = new AutomaticMaskGenerator(
            Config, (image, _) => new EncodedImage(image.Size, 4 * MaskSize, new[] { 0, float.NaN }, default, default), decoder, default!,
            Options);

        var error = Assert.Throws<InvalidOperationException>(
            () => generator.Generate(Image, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("NaN at index 1 of the image embedding", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_Cancelled_Throws()
    {
        var set = RunLengthEncoding.FromMask(new ImageSize(3, 3), new bool[9]);
        var record = new MaskRecord
        {
            Segmentation = set, BoundingBox = default, PredictedIou = 1, StabilityScore = 1, ObjectScoreLogit = 1, Points = [],
            CropBox = default,
        };

        Assert.Throws<OperationCanceledException>(() => SmallRegionCleanup.Apply([record], 2, 0.7f, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Generate_SuppressorSuppressedLater_BringsTheMaskBack(int pointsPerBatch)
    {
        // The second overlaps the first and the third by IoU 2/3; the first and the third overlap by less than half.
        var offsets = new[] { 0, 2, 4 };
        var scores = new[] { 0.5f, 0.6f, 0.7f };
        using var decoder = new FakeMaskDecoder(
            MaskSize, (x, _, token, _) => token == 1 ? Square((int)(x / 40), scores, offsets) : new FakeAnswer(0, Empty()));
        var options =
            Options with { PointGrids = [[(0, 0), (0.4f, 0), (0.8f, 0)]], PointsPerBatch = pointsPerBatch, BoxNmsThreshold = 0.5f };

        var masks = Generate(decoder, options);

        Assert.Equal([0.7f, 0.5f], masks.Select(mask => mask.PredictedIou));
        Assert.Equal([new BoxXyxy(4, 5, 14, 15), new BoxXyxy(0, 5, 10, 15)], masks.Select(mask => mask.BoundingBox.ToXyxy()));
        Assert.All(masks, mask => Assert.Equal(121, mask.Area));
    }

    [Fact]
    public void Generate_RefinedSingleMasks_FeedBackTheMaskThatSingleOutputWouldGive()
    {
        var fedBack = new List<float[]>();
        using var decoder = new FakeMaskDecoder(MaskSize, (_, _, token, maskInput) =>
        {
            if (!maskInput.IsEmpty)
            {
                fedBack.Add(maskInput.ToArray());
                return new FakeAnswer(0.9f, Rectangle(0, 20));
            }

            // The single mask hangs on the threshold, so the best of the others takes its place.
            return token == 0
                ? new FakeAnswer(0.9f, [.. Rectangle(0, 10).Select(logit => logit / 1000)])
                : new FakeAnswer(token / 10f, Rectangle(token, 40));
        });
        var options = Options with { PointGrids = [[(0.5f, 0.5f)]], Output = MaskOutput.Single, UseM2m = true };

        var mask = Assert.Single(Generate(decoder, options));

        Assert.Equal(Rectangle(3, 32), fedBack[0]);
        Assert.Equal(0.9f, mask.PredictedIou);
        Assert.Equal(new BoxXyxy(0, 5, 10, 15), mask.BoundingBox.ToXyxy());
    }

    [Fact]
    public void Generate_RefinedMasks_DropsOnlyByTheSecondScores()
    {
        using var decoder = new FakeMaskDecoder(MaskSize, (_, _, token, maskInput) =>
            new FakeAnswer(maskInput.IsEmpty ? 0 : maskInput.Span[(10 * MaskSize) + 5] > 0 ? 0.9f : 0, Rectangle(token == 2 ? 0 : 12, 8)));
        var options = Options with { PointGrids = [[(0.5f, 0.5f)]], UseM2m = true };

        // Only the second output holds the pixel (5, 10); the refined mask is that of the single token.
        var mask = Assert.Single(Generate(decoder, options));

        Assert.Equal(new BoxXyxy(12, 5, 22, 15), mask.BoundingBox.ToXyxy());
    }

    [Theory]
    [InlineData(MaskOutput.Multimask, false)]
    [InlineData(MaskOutput.Multimask, true)]
    [InlineData(MaskOutput.Single, false)]
    [InlineData(MaskOutput.Single, true)]
    public void Generate_LargeBatches_HoldFewLogitsAtOnce(MaskOutput output, bool useM2m)
    {
        using var decoder = new FakeMaskDecoder(MaskSize, (_, _, _, _) => new FakeAnswer(0.5f, Rectangle(0, 8)));
        var options = Options with { PointsPerSide = 20, PointsPerBatch = 400, Output = output, UseM2m = useM2m };

        Assert.Single(Generate(decoder, options));

        Assert.InRange(decoder.MostMasksAtOnce, 1, 50);
    }

    [Fact]
    public void Generate_Cancelled_EndsWithinTheBatchAndNamesTheToken()
    {
        using var cancellation = new CancellationTokenSource();
        using var decoder = new FakeMaskDecoder(MaskSize, (_, _, _, _) =>
        {
            cancellation.Cancel();
            return new FakeAnswer(0.5f, Rectangle(0, 8));
        });

        var error = Assert.Throws<OperationCanceledException>(
            () => Generate(decoder, Options with { PointsPerBatch = 4 }, cancellation.Token));

        Assert.Single(decoder.BatchSizes);
        Assert.Equal(cancellation.Token, error.CancellationToken);
    }

    private static MaskSet Generate(
        FakeMaskDecoder decoder, AutomaticMaskGenerationOptions options, CancellationToken? cancellationToken = null)
    {
        using var generator = new AutomaticMaskGenerator(
            Config, (image, _) => new EncodedImage(image.Size, Config.ImageSize, default, default, default), decoder,
            RecommendedThresholds.Official, options);
        return generator.Generate(Image, cancellationToken: cancellationToken ?? TestContext.Current.CancellationToken);
    }

    private static FakeAnswer Square(int index, float[] scores, int[] offsets) => new(scores[index], Rectangle(offsets[index], Inside));

    private static float[] Empty() => [.. Enumerable.Repeat(Outside, MaskSize * MaskSize)];

    // 11 x 11 pixels from (left, 5) on.
    private static float[] Rectangle(int left, float inside)
    {
        var logits = Empty();
        for (var y = 5; y < 16; y++)
        {
            logits.AsSpan((y * MaskSize) + left, 11).Fill(inside);
        }

        return logits;
    }
}
