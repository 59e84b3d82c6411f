namespace MaskGen.ML.Sam2;

/// <summary>Parts of a model, each a graph with weights of its own.</summary>
[Flags]
internal enum ModelParts
{
    ImageEncoder = 1,
    PromptDecoder = 2,
    All = ImageEncoder | PromptDecoder,
}
