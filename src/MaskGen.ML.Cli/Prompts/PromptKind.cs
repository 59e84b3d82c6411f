namespace MaskGen.ML.Cli.Prompts;

/// <summary>What the rows of a file are.</summary>
internal enum PromptKind
{
    Box,
    Point,
}
