namespace MaskGen.ML.Models;

/// <summary>A file of the cache that is not what its hub has.</summary>
/// <param name="Path">The file.</param>
/// <param name="Problem">What was expected and what was found, without a full stop.</param>
internal sealed record HubDefect(string Path, string Problem)
{
    /// <summary>The problem with a file that cannot be read.</summary>
    public static string Unreadable(Exception error) =>
        $"expected a file that can be read, found one that cannot: {HubText.Clean(error.Message.TrimEnd('.'), HubText.MessageLength)}";
}
