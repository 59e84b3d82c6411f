namespace MaskGen.ML.Runs;

/// <summary>The file of an image, or why there is none.</summary>
/// <param name="Bytes">The file; empty where there is none.</param>
/// <param name="Error">Why; null where all is well.</param>
internal sealed record FetchedImage(byte[] Bytes, string? Error)
{
    public static FetchedImage Failed(string error) => new([], error);
}
