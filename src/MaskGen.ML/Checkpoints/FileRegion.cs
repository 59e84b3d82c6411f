namespace MaskGen.ML.Checkpoints;

/// <summary>Part of a file.</summary>
/// <param name="Path">Full path of the file itself, no link.</param>
/// <param name="Offset">Where the part begins, in bytes.</param>
/// <param name="Length">Number of bytes.</param>
internal sealed record FileRegion(string Path, long Offset, long Length);
