namespace MaskGen.ML.Files;

/// <summary>Finds out by trying whether files can be written to a folder, and what it does with their names.</summary>
internal static class FolderProbe
{
    private const string Name = "a\u00e9";
    private static readonly string[] OtherSpellings = ["A\u00e9", "A\u00c9", "ae\u0301"];

    /// <summary>Writes a small file to a folder and deletes it again.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Whether the folder takes different spellings for one name: it ignores case, or how accents are composed.</returns>
    /// <exception cref="IOException">Nothing can be written there; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">Nothing may be written there.</exception>
    public static bool WriteAndCheckSpelling(string folder)
    {
        using var scratch = new ScratchFolder(folder);
        using (var file = new FileStream(Path.Combine(scratch.Path, Name), FileMode.CreateNew, FileAccess.Write))
        {
            // A full disk may have room for an empty file.
            file.Write(new byte[1 << 12]);
            file.Flush(flushToDisk: true);
        }

        return OtherSpellings.Any(scratch.Contains);
    }

    /// <summary>Names that are one and the same in a folder that takes different spellings for one name; the folder itself is
    /// asked.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="names">File names, no two the same character by character.</param>
    /// <returns>The first two of them, or null.</returns>
    /// <exception cref="IOException">The folder cannot be asked.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be asked.</exception>
    public static (string First, string Second)? FindSameNames(string folder, IEnumerable<string> names)
    {
        using var scratch = new ScratchFolder(folder);
        var seen = new List<string>();
        foreach (var name in names)
        {
            if (scratch.Contains(name))
            {
                // The other one is that whose removal removes this one.
                var other = seen.First(earlier =>
                {
                    scratch.Remove(earlier);
                    return !scratch.Contains(name);
                });
                return (other, name);
            }

            scratch.Add(name);
            seen.Add(name);
        }

        return null;
    }
}
