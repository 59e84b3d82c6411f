using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Results;

/// <summary>The folder that results go to. One that was made for a run and got none is removed again.</summary>
/// <param name="path">The folder, which need not exist yet.</param>
internal class OutputFolder(string path) : IDisposable
{
    private readonly List<string> _made = [];
    private readonly List<string> _madeBelow = [];
    private bool _takesOtherSpellings;

    /// <summary>Whether the folder takes different spellings for one name: it ignores case, or how accents are composed.</summary>
    public virtual bool TakesOtherSpellings => _takesOtherSpellings;

    /// <summary>How the folder compares names, as near as can be told without asking it.</summary>
    public StringComparison NameComparison => TakesOtherSpellings ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Makes the folder, sweeps what dead runs have left in it, and makes sure that it can be written to.</summary>
    /// <exception cref="IOException">It cannot; the message names the folder and the cause.</exception>
    public void Open()
    {
        try
        {
            var missing = MissingFolders(path);
            Directory.CreateDirectory(path);
            _made.AddRange(missing);
            OrphanedFiles.Sweep(path);
            _takesOtherSpellings = FolderProbe.WriteAndCheckSpelling(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: results cannot be written to this folder: {WriteErrors.CauseOf(e)}", e);
        }
    }

    /// <summary>Sweeps what dead runs have left in folders below this one; those that do not exist yet are left out.</summary>
    public static void Sweep(IEnumerable<string> folders)
    {
        foreach (var folder in folders.Where(Directory.Exists))
        {
            OrphanedFiles.Sweep(folder);
        }
    }

    /// <summary>Makes a folder below this one, unless this one is gone.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public void Make(string folder)
    {
        if (!Directory.Exists(folder) && Directory.Exists(path))
        {
            var missing = MissingFolders(folder);
            Directory.CreateDirectory(folder);
            _madeBelow.AddRange(missing);
        }
    }

    /// <summary>Paths that are one and the same in this folder.</summary>
    /// <param name="names">Paths below the folder, with slashes, no two the same character by character.</param>
    /// <returns>The first two of them, or null.</returns>
    /// <exception cref="IOException">The folder cannot be asked.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be asked.</exception>
    public virtual (string First, string Second)? FindSameNames(IEnumerable<string> names) =>
        TakesOtherSpellings ? FindSameNames(names, inOneFolder => FolderProbe.FindSameNames(path, inOneFolder)) : null;

    /// <summary>Paths that are one and the same, where a folder takes different spellings for one name.</summary>
    /// <param name="names">Paths with slashes.</param>
    /// <param name="ask">Finds file names that are the same.</param>
    protected static (string First, string Second)? FindSameNames(
        IEnumerable<string> names, Func<IEnumerable<string>, (string First, string Second)?> ask)
    {
        // Folders that may be one count as one: at worst two files are refused that could have been told apart.
        foreach (var folder in names.GroupBy(name => Fold(ResultNames.FolderOf(name)), StringComparer.Ordinal))
        {
            var paths = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var name in folder)
            {
                if (!paths.TryAdd(Path.GetFileName(name), name))
                {
                    return (paths[Path.GetFileName(name)], name);
                }
            }

            if (ask(paths.Keys) is var (first, second))
            {
                return (paths[first], paths[second]);
            }
        }

        return null;
    }

    /// <summary>Whether files can still be written to the folder.</summary>
    public bool CanBeWritten()
    {
        try
        {
            FolderProbe.WriteAndCheckSpelling(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);

        // From the innermost outwards, and not recursive: one that has anything in it stays.
        foreach (var folder in _madeBelow.OrderByDescending(folder => folder.Length).Concat(_made))
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Stays.
            }
        }
    }

    // Windows has names that are no text, and does not mind how accents are composed.
    private static string Fold(string folder) => (OperatingSystem.IsWindows() ? folder : folder.Normalize()).ToUpperInvariant();

    // From the innermost outwards.
    private static List<string> MissingFolders(string innermost)
    {
        var missing = new List<string>();
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(innermost));
        while (!Path.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
        {
            missing.Add(folder);
            folder = parent;
        }

        return missing;
    }
}
