namespace MaskGen.ML.Results;

/// <summary>An image of a run with its masks, to be written.</summary>
/// <param name="Path">Its path relative to that of the run, with slashes: what its results are named after.</param>
/// <param name="Pixels">The image; null where no format needs it.</param>
/// <param name="Masks">Its masks.</param>
/// <param name="Origin">What the masks were made of.</param>
internal sealed record ResultImage(string Path, RgbImage? Pixels, MaskSet Masks, ResultOrigin Origin)
{
    /// <summary>The image.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public RgbImage Image => Pixels ?? throw new InvalidOperationException("Expected an image, found its masks alone.");
}
