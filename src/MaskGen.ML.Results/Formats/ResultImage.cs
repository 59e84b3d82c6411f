namespace MaskGen.ML.Results;

/// <summary>An image of a run with its masks, to be written.</summary>
/// <param name="Path">Its path relative to that of the run, with slashes: what its results are named after.</param>
/// <param name="Image">The image.</param>
/// <param name="Masks">Its masks.</param>
/// <param name="Origin">What the masks were made of.</param>
internal sealed record ResultImage(string Path, RgbImage Image, MaskSet Masks, ResultOrigin Origin);
