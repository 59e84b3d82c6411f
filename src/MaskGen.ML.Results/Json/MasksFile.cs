namespace MaskGen.ML.Results;

/// <summary>What a <c>masks.json</c> holds.</summary>
/// <param name="ImageName">Name of the image.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Masks">The masks, with the size of the image.</param>
/// <param name="Stamp">What the file says of itself; null for a file of this form that another program, or an earlier version, has
/// written.</param>
internal sealed record MasksFile(string ImageName, string Model, MaskSet Masks, ResultStamp? Stamp);
