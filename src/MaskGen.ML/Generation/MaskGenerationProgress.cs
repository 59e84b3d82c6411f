namespace MaskGen.ML;

/// <summary>How far segmenting everything in one image has come.</summary>
/// <param name="Crop">Index of the crop at work; 0 is the whole image.</param>
/// <param name="CropCount">Number of crops of the image.</param>
/// <param name="PromptsDone">Prompts decoded so far, over all crops.</param>
/// <param name="PromptCount">Prompts of all crops.</param>
/// <param name="MasksKept">Masks that have passed the filters so far.</param>
public readonly record struct MaskGenerationProgress(int Crop, int CropCount, int PromptsDone, int PromptCount, int MasksKept);
