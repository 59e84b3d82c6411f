namespace MaskGen.ML.Tests.Generation;

/// <summary>Everything is segmented from an embedding as from the image itself, and what cannot be is refused.</summary>
public class EmbeddingGenerationTests
{
    private static readonly Sam2Model Micro = Sam2Model.FromFile(Fixture.Path("micro"));

    private static readonly AutomaticMaskGenerationOptions Options = new()
    {
        Model = Micro,
        PointsPerSide = 6,
        PredictedIouThreshold = 0.45f,
        StabilityScoreThreshold = 0.3f,
    };

    private static readonly RgbImage Scene = RgbImage.Load(Fixture.Path("images/scene.png"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<AutomaticMaskGenerationOptions> Settings { get; } = new()
    {
        Options,
        Options with { PredictedIouThreshold = 0, StabilityScoreThreshold = 0.2f, MaximumMasks = 9 },
        Options with { Output = MaskOutput.Single, UseM2m = true, MinMaskRegionArea = 20 },
    };

    [Theory]
    [MemberData(nameof(Settings), DisableDiscoveryEnumeration = true)]
    public void Generate_Embedding_GivesTheMasksOfTheImage(AutomaticMaskGenerationOptions options)
    {
        var encoded = Encode();
        using var generator = new AutomaticMaskGenerator(options);
        var reports = new List<MaskGenerationProgress>();

        var expected = generator.Generate(Scene, cancellationToken: Token);
        var masks = generator.Generate(encoded, new Recorder(reports), Token);

        Assert.NotEmpty(expected);
        Assert.Equal(Texts(expected), Texts(masks));
        Assert.Equal(36, reports[^1].PromptsDone);
    }

    [Fact]
    public void Generate_DecoderAlone_GivesTheMasksOfTheImageAndRefusesImages()
    {
        using var opened = Micro.OpenVerified();
        using var whole = new AutomaticMaskGenerator(Options);
        using var generator = new AutomaticMaskGenerator(
            opened.Config, opened.Weights, Micro.RecommendedThresholds, Options, opened.Fingerprint, Micro.Name);

        Assert.Equal(Texts(whole.Generate(Scene, cancellationToken: Token)), Texts(generator.Generate(Encode(), cancellationToken: Token)));
        Assert.Contains(
            "without an image encoder",
            Assert.Throws<InvalidOperationException>(() => generator.Generate(Scene, cancellationToken: Token)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_EmbeddingWithCropLayers_IsRefused(int layers)
    {
        var options = Options with { CropLayers = layers };
        using var generator = new AutomaticMaskGenerator(options);
        using var opened = Micro.OpenVerified();

        var error = Assert.Throws<InvalidOperationException>(() => generator.Generate(Encode(), cancellationToken: Token));

        Assert.Contains($"found CropLayers = {layers}", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(
            () => new AutomaticMaskGenerator(opened.Config, opened.Weights, Micro.RecommendedThresholds, options));
    }

    [Fact]
    public void Generate_EmbeddingOfAnotherModel_IsRefused()
    {
        var encoded = Encode();
        var other = EncodedImage.FromTensors(
            encoded.ImageSize, encoded.InputSize, encoded.ImageEmbedding.Span, encoded.HighResolutionFeatures0.Span,
            encoded.HighResolutionFeatures1.Span, new string('0', 32));
        using var generator = new AutomaticMaskGenerator(Options);
        using var nano = new AutomaticMaskGenerator(Options with { Model = null });

        Assert.Contains(
            "encoded by another model", Assert.Throws<ArgumentException>(() => generator.Generate(other, cancellationToken: Token)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => nano.Generate(encoded, cancellationToken: Token));
    }

    [Fact]
    public void Generate_EmbeddingWithNaN_IsRefused()
    {
        var encoded = Encode();
        float[] embedding = [.. encoded.ImageEmbedding.Span];
        embedding[7] = float.NaN;
        var broken = EncodedImage.FromTensors(
            encoded.ImageSize, encoded.InputSize, embedding, encoded.HighResolutionFeatures0.Span, encoded.HighResolutionFeatures1.Span);
        using var generator = new AutomaticMaskGenerator(Options);

        var error = Assert.Throws<ArgumentException>(() => generator.Generate(broken, cancellationToken: Token));

        Assert.Contains("NaN at index 7 of the image embedding", error.Message, StringComparison.Ordinal);
    }

    private static EncodedImage Encode()
    {
        using var encoder = new Sam2ImageEncoder(Micro);
        return encoder.Encode(Scene, Token);
    }

    private static List<string> Texts(MaskSet masks) =>
        [.. masks.Select(mask => FormattableString.Invariant(
            $"{CocoRle.Encode(mask.Segmentation)} {mask.PredictedIou} {mask.StabilityScore} {mask.ObjectScoreLogit} {mask.CropBox} {mask.Points[0]}"))];

    private sealed class Recorder(List<MaskGenerationProgress> reports) : IProgress<MaskGenerationProgress>
    {
        public void Report(MaskGenerationProgress value) => reports.Add(value);
    }
}
