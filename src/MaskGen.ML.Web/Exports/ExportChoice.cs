using MaskGen.ML.Results;

namespace MaskGen.ML.Web;

/// <summary>What is exported, and how.</summary>
/// <param name="Formats">The formats, in the order of writing.</param>
/// <param name="Images">The images.</param>
/// <param name="Options">What formats leave to choose.</param>
internal sealed record ExportChoice(
    IReadOnlyList<ResultFormat> Formats, IReadOnlyList<ServedImage> Images, ResultFormatOptions Options);
