namespace MaskGen.ML.Tests.Inference;

public class Sam2ImageEncoderTests
{
    [Theory]
    [InlineData("micro", "scene")]
    [InlineData("micro", "breakfast")]
    [InlineData("nano", "scene")]
    [InlineData("nano", "still-life")]
    public void Encode_GoldenPixels_GivesTheReferencesEmbedding(string model, string image)
    {
        using var opened = TestModel.Open(model);
        using var golden = new GoldenImage(model, image);
        using var encoder = new Sam2ImageEncoder(opened.Config, opened.Weights);

        var encoded = encoder.Encode(golden["pixel_values"], golden.Size, TestContext.Current.CancellationToken);

        AssertMatches(golden, encoded);
    }

    [Theory]
    [InlineData("micro", "scene")]
    [InlineData("nano", "still-life")]
    public void Encode_Image_GivesTheReferencesEmbedding(string model, string image)
    {
        using var opened = TestModel.Open(model);
        using var golden = new GoldenImage(model, image);
        using var encoder = new Sam2ImageEncoder(opened.Config, opened.Weights);

        var encoded = encoder.Encode(RgbImage.Load(Fixture.Path($"images/{image}.png")), TestContext.Current.CancellationToken);

        Assert.Equal(golden.Size, encoded.ImageSize);
        AssertMatches(golden, encoded);
    }

    [Fact]
    public void Encode_CancelledBefore_Throws()
    {
        using var opened = TestModel.Open("micro");
        using var encoder = new Sam2ImageEncoder(opened.Config, opened.Weights);

        Assert.Throws<OperationCanceledException>(
            () => encoder.Encode(new float[3 * 128 * 128], new ImageSize(10, 10), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Encode_AfterDispose_NamesTheEncoder()
    {
        using var opened = TestModel.Open("micro");
        var encoder = new Sam2ImageEncoder(opened.Config, opened.Weights);
        encoder.Dispose();
        encoder.Dispose();

        var error = Assert.Throws<ObjectDisposedException>(
            () => encoder.Encode(new float[3 * 128 * 128], new ImageSize(10, 10), TestContext.Current.CancellationToken));

        Assert.Equal(typeof(Sam2ImageEncoder).FullName, error.ObjectName);
    }

    [Fact]
    public async Task Dispose_TwiceAtOnceWhileEncoding_GivesEmbeddingsOrSaysThatItIsDisposed()
    {
        using var opened = TestModel.Open("micro");
        var pixels = new float[3 * 128 * 128];
        using var other = new Sam2ImageEncoder(opened.Config, opened.Weights);
        var expected = other.Encode(pixels, new ImageSize(10, 10), CancellationToken.None).ImageEmbedding.ToArray();
        for (var round = 0; round < 20; round++)
        {
            var encoder = new Sam2ImageEncoder(opened.Config, opened.Weights);
            var encoding = Enumerable.Range(0, 2).Select(_ => Task.Run(
                () =>
                {
                    try
                    {
                        while (true)
                        {
                            var encoded = encoder.Encode(pixels, new ImageSize(10, 10), CancellationToken.None);
                            Assert.Equal(expected, encoded.ImageEmbedding.ToArray());
                        }
                    }
                    catch (ObjectDisposedException)
                    {
                    }
                },
                TestContext.Current.CancellationToken)).ToList();

            await Task.WhenAll(
                [.. encoding, Task.Run(encoder.Dispose, TestContext.Current.CancellationToken),
                    Task.Run(encoder.Dispose, TestContext.Current.CancellationToken)]);
        }
    }

    [Fact]
    public void Constructor_WeightsOfAnotherShape_NamesTensorExpectedAndFound()
    {
        var model = new Sam2Model("contradiction", RecommendedThresholds.Official, () =>
        {
            var opened = TestModel.Open("micro");
            return opened with { Config = opened.Config with { HiddenSize = 64 } };
        });

        var error = Assert.Throws<CheckpointFormatException>(() => new Sam2ImageEncoder(model));

        Assert.NotNull(error.Tensor);
        Assert.Contains("expected shape [", error.Message, StringComparison.Ordinal);
        Assert.Contains("found shape [", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_GpuThatIsNotThere_SaysWhatToDo()
    {
        using var opened = TestModel.Open("micro");

        var error = Assert.Throws<InvalidOperationException>(
            () => new Sam2ImageEncoder(opened.Config, opened.Weights, new Sam2SessionOptions { GpuDeviceId = 0 }));

        Assert.Contains("the package Microsoft.ML.OnnxRuntime.Gpu", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain("..", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_GpuThatIsNotThereWithFallback_RunsOnTheCpuAndSaysSo()
    {
        using var opened = TestModel.Open("micro");
        using var golden = new GoldenImage("micro", "scene");
        var log = new List<string>();
        var options = new Sam2SessionOptions { GpuDeviceId = 0, FallbackToCpu = true, Warn = log.Add };

        using var encoder = new Sam2ImageEncoder(opened.Config, opened.Weights, options);

        AssertMatches(golden, encoder.Encode(golden["pixel_values"], golden.Size, TestContext.Current.CancellationToken));
        Assert.Contains("CPU instead", Assert.Single(log), StringComparison.Ordinal);
    }

    private static void AssertMatches(GoldenImage golden, EncodedImage encoded)
    {
        Near.Assert("embedding", golden["image_embedding"].Span, encoded.ImageEmbedding.Span, Tolerances.Embedding);
        Near.Assert("features 0", golden["high_resolution_features.0"].Span, encoded.HighResolutionFeatures0.Span, Tolerances.Embedding);
        Near.Assert("features 1", golden["high_resolution_features.1"].Span, encoded.HighResolutionFeatures1.Span, Tolerances.Embedding);
    }
}
