namespace MaskGen.ML.Stages;

/// <summary>What the stage needs of a mask generator.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal interface IMaskGenerator : IDisposable
{
    /// <summary>Segments everything in an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="progress">Called after every batch of points; ends the work by throwing.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    MaskSet Generate(RgbImage image, IProgress<MaskGenerationProgress> progress, CancellationToken cancellationToken);
}

/// <summary>Makes the generator of a stage from the open model; the stage keeps the model open as long as the generator lives.</summary>
internal delegate IMaskGenerator MaskGeneratorFactory(
    OpenedSam2Model model, AutomaticMaskGenerationOptions options, RecommendedThresholds recommendedThresholds);
