namespace MaskGen.ML.Stages;

/// <summary>The real generator behind the stage, over weights that the stage keeps open.</summary>
internal sealed class AutomaticGenerator(AutomaticMaskGenerator generator) : IMaskGenerator
{
    public static IMaskGenerator Create(
        OpenedSam2Model model, AutomaticMaskGenerationOptions options, RecommendedThresholds recommendedThresholds) =>
        new AutomaticGenerator(new AutomaticMaskGenerator(model, recommendedThresholds, options));

    public MaskSet Generate(RgbImage image, IProgress<MaskGenerationProgress> progress, CancellationToken cancellationToken) =>
        generator.Generate(image, progress, cancellationToken);

    public void Dispose() => generator.Dispose();
}
