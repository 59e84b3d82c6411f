using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Results;

/// <summary>The folder that results go to. One that was made for a run and got none is removed again.</summary>
/// <param name="path">The folder, which need not exist yet.</param>
internal class OutputFolder(string path) : IDisposable
{
    private readonly List<string> _made = [];
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
            var missing = MissingFolders();
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

    /// <summary>Names that are one and the same in this folder.</summary>
    /// <param name="names">File names, no two the same character by character.</param>
    /// <returns>The first two of them, or null.</returns>
    /// <exception cref="IOException">The folder cannot be asked.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be asked.</exception>
    public virtual (string First, string Second)? FindSameNames(IEnumerable<string> names) =>
        TakesOtherSpellings ? FolderProbe.FindSameNames(path, names) : null;

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
        try
        {
            foreach (var folder in _made)
            {
                // Not recursive: it fails, and ends here, where there is anything in it.
                Directory.Delete(folder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Stays.
        }
    }

    // From the innermost outwards.
    private List<string> MissingFolders()
    {
        var missing = new List<string>();
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        while (!Path.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
        {
            missing.Add(folder);
            folder = parent;
        }

        return missing;
    }
}
