namespace MaskGen.ML.Files;

/// <summary>Files that processes have left behind which ended in the middle of writing: by a kill or a power cut.</summary>
internal static class OrphanedFiles
{
    /// <summary>How long the unfinished file of a process that this one cannot see must have lain untouched. A data set is written to as
    /// its images are done, which is more often than once a day.</summary>
    public static readonly TimeSpan AgeLimit = TimeSpan.FromDays(1);

    /// <summary>Deletes the unfinished files of dead processes in a folder, and no others. What cannot be deleted stays.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="now">The time; null for now.</param>
    /// <returns>How many were deleted.</returns>
    public static int Sweep(string folder, DateTime? now = null)
    {
        var count = 0;
        foreach (var path in Names(folder))
        {
            if (UnfinishedFileName.TryParse(Path.GetFileName(path)) is { } name && TryDelete(path, name, now ?? DateTime.UtcNow))
            {
                count++;
            }
        }

        return count;
    }

    private static IEnumerable<string> Names(string folder)
    {
        try
        {
            return Directory.GetFileSystemEntries(folder, ".mg-*.tmp", new EnumerationOptions { AttributesToSkip = 0 });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool TryDelete(string path, UnfinishedFileName name, DateTime now)
    {
        try
        {
            var (isFolder, entry) = Directory.Exists(path) ? (true, (FileSystemInfo)new DirectoryInfo(path)) : (false, new FileInfo(path));

            // No process makes links of this name; whoever made one means something else.
            if (entry.LinkTarget is not null || MayBeAlive(entry, name, now) || (!isFolder && IsLocked(path)))
            {
                return false;
            }

            if (isFolder)
            {
                DeleteScratch((DirectoryInfo)entry);
            }
            else
            {
                entry.Delete();
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // A lock that can be had would not be enough: not every file system has locks, and a process makes a file before it locks it.
    private static bool MayBeAlive(FileSystemInfo entry, UnfinishedFileName name, DateTime now) =>
        name.IsOfThisHost ? name.IsProcessAlive : now - entry.LastWriteTimeUtc < AgeLimit;

    // Holds files of no more than a page, and no folders, if it is what it seems.
    private static void DeleteScratch(DirectoryInfo folder)
    {
        foreach (var file in folder.GetFiles())
        {
            if (file.Length <= 1 << 12)
            {
                file.Delete();
            }
        }

        folder.Delete();
    }

    private static bool IsLocked(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            return false;
        }
        catch (FileNotFoundException)
        {
            // It got its name meanwhile.
            return true;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
