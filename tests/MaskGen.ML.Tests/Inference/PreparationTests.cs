namespace MaskGen.ML.Tests.Inference;

/// <summary>Loading that is awaited, warming up, and the device that is said.</summary>
public class PreparationTests
{
    private static readonly Sam2Model Micro = Sam2Model.FromFile(Fixture.Path("micro"));
    private static readonly RgbImage Scene = RgbImage.Load(Fixture.Path("images/scene.png"));
    private static readonly AutomaticMaskGenerationOptions Options = new()
    {
        Model = Micro, PointsPerSide = 4, PredictedIouThreshold = 0, StabilityScoreThreshold = 0,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CreateAsync_EncoderAndDecoder_DoWhatTheConstructorsDo()
    {
        using var encoder = new Sam2ImageEncoder(Micro);
        using var decoder = new Sam2PromptDecoder(Micro);
        using var awaitedEncoder = await Sam2ImageEncoder.CreateAsync(Micro, cancellationToken: Token);
        using var awaitedDecoder = await Sam2PromptDecoder.CreateAsync(Micro, cancellationToken: Token);
        await awaitedEncoder.WarmUpAsync(Token);
        await awaitedDecoder.WarmUpAsync(Token);

        var expected = encoder.Encode(Scene, Token);
        var encoded = awaitedEncoder.Encode(Scene, Token);

        Assert.Equal(expected.ImageEmbedding.ToArray(), encoded.ImageEmbedding.ToArray());
        Assert.Equal(expected.ModelFingerprint, encoded.ModelFingerprint);
        Assert.NotNull(encoded.ModelFingerprint);
        Sam2Prompt[] prompts = [Sam2Prompt.FromPoint(50, 40), Sam2Prompt.FromBox(new BoxXyxy(10, 20, 90, 80))];
        Assert.Equal(
            decoder.Segment(expected, prompts, MaskOutput.Multimask, cancellationToken: Token)
                .Select(mask => CocoRle.Encode(mask.Segmentation)),
            awaitedDecoder.Segment(encoded, prompts, MaskOutput.Multimask, cancellationToken: Token)
                .Select(mask => CocoRle.Encode(mask.Segmentation)));
    }

    [Fact]
    public async Task CreateAsync_Generator_DoesWhatTheConstructorDoes()
    {
        using var generator = new AutomaticMaskGenerator(Options);
        using var awaited = await AutomaticMaskGenerator.CreateAsync(Options, cancellationToken: Token);
        await awaited.WarmUpAsync(Token);

        Assert.Equal(
            generator.Generate(Scene, cancellationToken: Token).Select(mask => CocoRle.Encode(mask.Segmentation)),
            awaited.Generate(Scene, cancellationToken: Token).Select(mask => CocoRle.Encode(mask.Segmentation)));
    }

    [Fact]
    public async Task CreateAsync_BadArguments_ThrowAtTheCall()
    {
        Assert.Throws<ArgumentNullException>(() => { _ = Sam2ImageEncoder.CreateAsync(null!, cancellationToken: Token); });
        Assert.Throws<ArgumentNullException>(() => { _ = Sam2PromptDecoder.CreateAsync(null!, cancellationToken: Token); });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => { _ = AutomaticMaskGenerator.CreateAsync(Options with { PointsPerSide = 0 }, cancellationToken: Token); });
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Sam2ImageEncoder.CreateAsync(Micro, cancellationToken: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Micro.PrepareAsync(null, cancelled));
    }

    [Fact]
    public async Task WarmUpAsync_Disposed_SaysSo()
    {
        var encoder = new Sam2ImageEncoder(Micro);
        var decoder = new Sam2PromptDecoder(Micro);
        var generator = new AutomaticMaskGenerator(Options);
        encoder.Dispose();
        decoder.Dispose();
        generator.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => encoder.WarmUpAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => decoder.WarmUpAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => generator.WarmUpAsync(Token));
        generator.Dispose();
    }

    [Fact]
    public void Device_NothingAskedFor_IsTheCpu()
    {
        using var encoder = new Sam2ImageEncoder(Micro);
        using var decoder = new Sam2PromptDecoder(Micro);
        using var generator = new AutomaticMaskGenerator(Options);

        Assert.All([encoder.Device, decoder.Device, generator.Device], device =>
        {
            Assert.Null(device.GpuDeviceId);
            Assert.Null(device.FallbackReason);
            Assert.Equal("CPU", device.ToString());
        });
    }

    [Fact]
    public void Device_GpuThatIsNotThere_SaysWhyTheCpuComputes()
    {
        var session = new Sam2SessionOptions { GpuDeviceId = 917, FallbackToCpu = true };
        using var encoder = new Sam2ImageEncoder(Micro, session);
        using var decoder = new Sam2PromptDecoder(Micro, session);
        using var generator = new AutomaticMaskGenerator(Options with { Session = session });

        Assert.All([encoder.Device, decoder.Device, generator.Device], device =>
        {
            Assert.Null(device.GpuDeviceId);
            Assert.StartsWith("CUDA device 917 was asked for, but", device.FallbackReason, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Device_Gpu_IsNamed() => Assert.Equal("CUDA device 2", new Sam2Device { GpuDeviceId = 2 }.ToString());
}
