namespace MaskGen.ML.Stages;

/// <summary>What the stage needs of a mask generator.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal interface IMaskGenerator : IDisposable
{
    /// <summary>Segments everything in a picture.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="progress">Told after every batch of points; ends the work by throwing.</param>
    MaskSet Generate(RgbImage image, IProgress<MaskGenerationProgress> progress);
}

/// <summary>Makes the generator of a stage from the open model; the stage keeps the model open as long as the generator lives.</summary>
internal delegate IMaskGenerator MaskGeneratorFactory(
    OpenedSam2Model model, AutomaticMaskGenerationOptions options, RecommendedThresholds recommendedThresholds);
