using System.IO.Enumeration;

namespace MaskGen.ML.Files;

/// <summary>A pattern of paths below a folder, part by part: <c>*</c> and <c>?</c> stay within a part, <c>**</c> as a whole part stands for
/// any number of folders, also none. Case does not matter.</summary>
/// <remarks>It is followed along a path from folder to folder: a position is the set of the parts that may come next. So a search enters
/// no folder in vain, and needs no more time with many <c>**</c>.</remarks>
internal sealed class PathPattern
{
    private const string AnyFolders = "**";
    private const string Anything = "*";
    private const char KeySeparator = '/';

    private static readonly char[] Wildcards = ['*', '?'];
    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    private readonly string[] _parts;

    // A file may end the pattern here or at the last part.
    private readonly int _end;

    private PathPattern(IEnumerable<string> parts, bool isRecursive)
    {
        string[] given = [.. parts];
        if (given[^1] == AnyFolders)
        {
            given = [.. given, Anything];
        }

        _end = given.Length - 1;
        _parts = isRecursive ? [.. given, AnyFolders, Anything] : given;
    }

    /// <summary>The position in the folder that paths begin in.</summary>
    public IReadOnlySet<int> Start => Closure([0]);

    /// <summary>Every file of a folder.</summary>
    /// <param name="isRecursive">Whether those of its sub-folders too.</param>
    public static PathPattern Everything(bool isRecursive) => new([Anything], isRecursive);

    /// <summary>Whether a text has wildcards.</summary>
    public static bool HasWildcards(string text) => text.IndexOfAny(Wildcards) >= 0;

    /// <summary>Takes apart what was typed.</summary>
    /// <param name="typed">A path with wildcards.</param>
    /// <param name="isRecursive">Whether folders that the pattern fits are taken with all that is in them.</param>
    /// <returns>The folder before the first wildcard, and the pattern below it. A part with a wildcard that is the name of a folder is that
    /// folder.</returns>
    public static (string Folder, PathPattern Pattern) Parse(string typed, bool isRecursive)
    {
        var (folder, pattern) = Parse(typed, isRecursive, Separators, Directory.Exists);
        return (folder.Length > 1 ? Path.TrimEndingDirectorySeparator(folder) : folder, pattern);
    }

    /// <summary>Takes apart a pattern of keys, which have slashes and no folders: <see cref="Parse(string, bool)"/> for a bucket.</summary>
    /// <param name="typed">A key with wildcards.</param>
    /// <param name="isRecursive">Whether everything is taken that is below what the pattern fits.</param>
    /// <returns>What keys begin with, without a slash at its end, and the pattern of what follows.</returns>
    public static (string Prefix, PathPattern Pattern) ParseKey(string typed, bool isRecursive)
    {
        var (prefix, pattern) = Parse(typed, isRecursive, [KeySeparator], _ => false);
        return (prefix.TrimEnd(KeySeparator), pattern);
    }

    /// <summary>Whether a file in a folder is meant.</summary>
    /// <param name="position">That of the folder.</param>
    /// <param name="name">Name of the file.</param>
    public bool Fits(IReadOnlySet<int> position, string name) =>
        position.Any(part => (part == _end || part == _parts.Length - 1) && IsMatch(_parts[part], name));

    /// <summary>Whether a file is meant.</summary>
    /// <param name="path">Its path, with slashes, below where paths begin.</param>
    public bool FitsPath(string path)
    {
        var (position, start) = (Start, 0);
        while (position.Count > 0 && path.IndexOf(KeySeparator, start) is >= 0 and var end)
        {
            position = Enter(position, path[start..end]);
            start = end + 1;
        }

        return Fits(position, path[start..]);
    }

    /// <summary>The position in a sub-folder; empty where nothing in it is meant.</summary>
    /// <param name="position">That of the folder.</param>
    /// <param name="name">Name of the sub-folder.</param>
    public IReadOnlySet<int> Enter(IReadOnlySet<int> position, string name)
    {
        var next = new HashSet<int>();
        foreach (var part in position)
        {
            if (_parts[part] == AnyFolders)
            {
                next.Add(part);
            }
            else if (part + 1 < _parts.Length && IsMatch(_parts[part], name))
            {
                next.Add(part + 1);
            }
        }

        return Closure(next);
    }

    /// <summary>Whether the pattern names a sub-folder, without wildcards.</summary>
    public bool Names(IReadOnlySet<int> position, string name) =>
        position.Any(part => part + 1 < _parts.Length && string.Equals(_parts[part], name, StringComparison.OrdinalIgnoreCase));

    private static (string Folder, PathPattern Pattern) Parse(
        string typed, bool isRecursive, char[] separators, Predicate<string> isFolder)
    {
        // Cut at separators, which stay with the part before: the folder is spelt as it was typed.
        var start = 0;
        while (typed.IndexOfAny(separators, start) is >= 0 and var end)
        {
            var part = typed[start..end];
            if (HasWildcards(part) && (part == AnyFolders || !isFolder(typed[..end])))
            {
                break;
            }

            start = end + 1;
        }

        var parts = typed[start..].Split(separators, StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
        return (typed[..start], new PathPattern(parts, isRecursive));
    }

    private static bool IsMatch(string part, string name) => FileSystemName.MatchesSimpleExpression(part, name);

    // Any number of folders may be none.
    private HashSet<int> Closure(HashSet<int> position)
    {
        for (var part = 0; part + 1 < _parts.Length; part++)
        {
            if (position.Contains(part) && _parts[part] == AnyFolders)
            {
                position.Add(part + 1);
            }
        }

        return position;
    }
}
