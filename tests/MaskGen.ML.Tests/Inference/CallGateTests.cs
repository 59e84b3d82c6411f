using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class CallGateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Close_CallInside_WaitsForIt()
    {
        var gate = new CallGate();
        var call = gate.Enter(this);
        var closing = Task.Run(gate.Close, Token);

        // Closed to others before the one inside is out.
        SpinWait.SpinUntil(() => IsClosed(gate));
        Assert.False(closing.IsCompleted);

        call.Dispose();
        Assert.True(await closing);
        Assert.False(gate.Close());
    }

    [Fact]
    public void Dispose_ThenUse_Throws()
    {
        var image = RgbImage.Load(Fixture.Path("images/scene.png"));
        var model = Sam2Model.FromFile(Fixture.Path("micro"));
        var encoder = new Sam2ImageEncoder(model);
        var decoder = new Sam2PromptDecoder(model);
        var generator = new AutomaticMaskGenerator(new() { Model = model, PointsPerSide = 2 });
        var encoded = encoder.Encode(image, Token);
        encoder.Dispose();
        decoder.Dispose();
        generator.Dispose();
        generator.Dispose();

        Assert.Throws<ObjectDisposedException>(() => encoder.Encode(image, Token));
        Assert.Throws<ObjectDisposedException>(
            () => decoder.Segment(encoded, [Sam2Prompt.FromPoint(5, 5)], MaskOutput.Single, cancellationToken: Token));
        Assert.Equal(
            typeof(Sam2PromptDecoder).FullName,
            Assert.Throws<ObjectDisposedException>(() => decoder.Prepare(encoded, Token)).ObjectName);
        Assert.Equal(
            typeof(AutomaticMaskGenerator).FullName,
            Assert.Throws<ObjectDisposedException>(() => generator.Generate(image, cancellationToken: Token)).ObjectName);
    }

    [Fact]
    public void Dispose_WhileGenerating_EndsTheWorkAndNothingElse()
    {
        var image = RgbImage.Load(Fixture.Path("images/scene.png"));
        var generator = new AutomaticMaskGenerator(
            new() { Model = Sam2Model.FromFile(Fixture.Path("micro")), PointsPerSide = 8, PointsPerBatch = 4 });

        Assert.Throws<ObjectDisposedException>(() => generator.Generate(image, new Disposing(generator), Token));
    }

    private static bool IsClosed(CallGate gate)
    {
        try
        {
            gate.Enter(gate).Dispose();
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private sealed class Disposing(IDisposable target) : IProgress<MaskGenerationProgress>
    {
        public void Report(MaskGenerationProgress value) => target.Dispose();
    }
}
