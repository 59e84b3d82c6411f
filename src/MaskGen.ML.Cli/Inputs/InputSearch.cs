namespace MaskGen.ML.Cli.Inputs;

/// <summary>How folders are searched for images.</summary>
/// <param name="IsRecursive">Whether folders are taken with all their sub-folders.</param>
/// <param name="ResultFolder">The folder of the results, which is passed over where it lies below a folder that is searched; null for
/// none.</param>
internal sealed record InputSearch(bool IsRecursive = false, string? ResultFolder = null);
