using MaskGen.ML.Generation;

namespace MaskGen.ML;

/// <summary>How far segmenting everything in one image has come.</summary>
public readonly record struct MaskGenerationProgress
{
    /// <summary>Index of the crop at work; 0 is the whole image.</summary>
    public int Crop { get; init; }

    /// <summary>Number of crops of the image.</summary>
    public int CropCount { get; init; }

    /// <summary>Prompts decoded so far, over all crops.</summary>
    public int PromptsDone { get; init; }

    /// <summary>Prompts of all crops.</summary>
    public int PromptCount { get; init; }

    /// <summary>Masks that have passed the filters so far.</summary>
    public int MasksKept { get; init; }

    /// <summary>What the filters have discarded so far, over all crops.</summary>
    internal FilterTally Filtered { get; init; }
}
