namespace MaskGen.ML.Web;

/// <summary>Paths without links.</summary>
internal static class RealPath
{
    // As the systems have it: more are a circle.
    private const int MostLinks = 40;

    /// <summary>The path of a file or folder in which no part is a link.</summary>
    /// <exception cref="FileNotFoundException">There is nothing, or links lead in a circle.</exception>
    public static string Of(string path)
    {
        var real = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (var links = 0; ; links++)
        {
            if (FirstLink(real) is not { } link)
            {
                return Path.Exists(real) ? real : throw new FileNotFoundException("The image is not there any more.");
            }

            if (links == MostLinks)
            {
                throw new FileNotFoundException("The image is behind links that lead in a circle.");
            }

            var (at, target) = link;
            real = Path.GetFullPath(target + real[at.Length..], Path.GetDirectoryName(at)!);
        }
    }

    /// <summary>Whether a path without links lies in a folder without links.</summary>
    public static bool IsBelow(string path, string folder) =>
        path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static (string Link, string Target)? FirstLink(string path)
    {
        var root = Path.GetPathRoot(path)!;
        for (var end = root.Length; end < path.Length;)
        {
            end = path.IndexOf(Path.DirectorySeparatorChar, end + 1) is > 0 and var next ? next : path.Length;
            if (new FileInfo(path[..end]).LinkTarget is { } target)
            {
                return (path[..end], target);
            }
        }

        return null;
    }
}
