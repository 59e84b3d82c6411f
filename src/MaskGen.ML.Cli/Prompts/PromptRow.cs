namespace MaskGen.ML.Cli.Prompts;

/// <summary>One row of a file of prompts: a box or a point.</summary>
/// <param name="Where">File and row, for messages.</param>
/// <param name="Image">The image as the file names it; null if it names none.</param>
/// <param name="Object">What it says about which object of that image; rows that say nothing are objects of their own.</param>
/// <param name="Box">The box in pixels of the image, or null.</param>
/// <param name="Point">The point in pixels of the image, or null.</param>
/// <param name="Label">What the object is; null if unknown.</param>
/// <param name="Score">How sure the detector is of it; null if unknown.</param>
internal sealed record PromptRow(
    string Where, string? Image, string? Object, BoxXyxy? Box, PointPrompt? Point, string? Label, double? Score);
