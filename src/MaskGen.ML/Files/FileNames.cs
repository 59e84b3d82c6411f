namespace MaskGen.ML.Files;

/// <summary>Checks of the names that callers give to files.</summary>
internal static class FileNames
{
    /// <summary>Refuses a name that says that the file is of another kind than it would be.</summary>
    /// <param name="path">The file.</param>
    /// <param name="extensions">The extensions that are right, with their dots; case does not matter.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, or has another extension.</exception>
    public static void ThrowUnlessNamed(string path, params ReadOnlySpan<string> extensions)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var found = Path.GetExtension(path);
        foreach (var extension in extensions)
        {
            if (string.Equals(found, extension, StringComparison.OrdinalIgnoreCase))
            {
                return;
            }
        }

        var expected = string.Join(" or ", extensions.ToArray());
        throw new ArgumentException(
            $"{path}: expected a name that ends in {expected}, found {(found.Length == 0 ? "no extension" : found)}.", nameof(path));
    }
}
