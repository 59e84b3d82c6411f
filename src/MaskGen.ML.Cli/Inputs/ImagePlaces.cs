using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Finds the image that masks in a file are of.</summary>
/// <param name="folder">The folder of the images; null where nobody has named one.</param>
internal sealed class ImagePlaces(string? folder)
{
    private readonly Dictionary<string, string> _looked = new(StringComparer.Ordinal);

    /// <summary>The image of a file of masks.</summary>
    /// <param name="file">The file.</param>
    /// <param name="image">Name of the image, as the file has it, with slashes.</param>
    /// <param name="isUnique">Whether no other image of the run has that file name.</param>
    /// <param name="recorded">The way from the folder of the file to the image; null where the file does not say it.</param>
    /// <param name="sha256">SHA-256 of the image; null where the file does not say it.</param>
    /// <returns>In the named folder, or beside the file, whatever is there by that name. Without a folder then on the recorded way, beside
    /// the folder of the results, and in the current folder, where a file of other content than recorded is not meant. The place that
    /// it was expected in where there is none.</returns>
    public string Find(RecordFile file, string image, bool isUnique, string? recorded, string? sha256)
    {
        var (alone, name) = (Path.GetFileName(image), file.NameOf(image));
        var besides = Path.GetDirectoryName(file.Path) ?? string.Empty;
        var top = folder ?? besides;

        // By the place in the tree, by the name as the file has it, and without folders where no other image is meant by that.
        List<string> near = [Path.Combine(top, name)];
        if (!Path.IsPathRooted(image))
        {
            near.Add(Path.Combine(top, image));
        }

        if (isUnique || (folder is null && file.IsInFolderOf(image)))
        {
            near.Add(Path.Combine(top, alone));
        }

        if (alone.Length == 0)
        {
            return near[0];
        }

        List<string> far = folder is null ? [.. Far(file, image, name, besides, recorded)] : [];
        var found = near.Find(File.Exists) ?? far.Find(place => File.Exists(place) && IsMeant(place, sha256));
        if (found is not null)
        {
            return found;
        }

        var others = far.Where(File.Exists).ToHashSet();
        var all = near.Concat(far).Select(Shown).Distinct(StringComparer.Ordinal);
        _looked[near[^1]] = string.Join(", ", all.Select(place => others.Contains(place) ? $"{place} (another image)" : place));
        return near[^1];
    }

    /// <summary>Where an image was looked for that is not there, to follow "looked for".</summary>
    public string LookedFor(string path) => _looked.GetValueOrDefault(path, path);

    private static IEnumerable<string> Far(RecordFile file, string image, string name, string besides, string? recorded)
    {
        if (recorded is { Length: > 0 } && !Path.IsPathRooted(recorded))
        {
            yield return Shown(Path.Combine(besides, recorded));
        }

        // From the top of the tree of results, which mirrors that of the images.
        var results = Path.GetFullPath(besides.Length == 0 ? "." : besides);
        var levels = file.IsInFolderOf(image) ? ResultNames.FolderOf(image).Split('/', StringSplitOptions.RemoveEmptyEntries).Length : 0;
        for (; levels >= 0 && results is not null; levels--)
        {
            results = Path.GetDirectoryName(results);
        }

        string[] names = Path.IsPathRooted(image) ? [name] : [image, name];
        foreach (var own in names.Distinct(StringComparer.Ordinal))
        {
            if (results is not null)
            {
                yield return Shown(Path.Combine(results, own));
            }

            yield return Shown(own);
        }
    }

    // Places below the current folder as people type them.
    private static string Shown(string place)
    {
        var typed = Path.GetRelativePath(Environment.CurrentDirectory, Path.GetFullPath(place));
        return typed.StartsWith("..", StringComparison.Ordinal) ? Path.GetFullPath(place) : typed;
    }

    private static bool IsMeant(string place, string? sha256)
    {
        try
        {
            return sha256 is null || InputImage.HashOf(place) == sha256;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
