namespace MaskGen.ML.Runs;

/// <summary>What <c>_SUCCESS</c> says.</summary>
internal sealed record RunEnd(string Id, int Parts, long Images, long FailedImages, long Masks, long Rows);
