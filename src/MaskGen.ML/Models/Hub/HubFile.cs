namespace MaskGen.ML.Models;

/// <summary>What the hub says of a file.</summary>
/// <param name="FileName">Name in the repository.</param>
/// <param name="Commit">Commit that the revision stands for.</param>
/// <param name="ETag">Name of the content: for large files its SHA-256 in hexadecimal.</param>
/// <param name="Size">Number of bytes.</param>
internal sealed record HubFile(string FileName, string Commit, string ETag, long Size);
