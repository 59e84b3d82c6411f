namespace MaskGen.ML.Results;

/// <summary>Writes files whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the target under another name and renames when all is written; on failure nothing is left and an older file stays.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(string path, Action<Stream> write)
    {
        var unfinished = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e)
        {
            File.Delete(unfinished);
            if (e is IOException and not DirectoryNotFoundException)
            {
                // Under the name that the caller knows.
                throw new IOException($"{path}: cannot be written: {e.Message.Replace(unfinished, path, StringComparison.Ordinal)}", e);
            }

            throw;
        }
    }
}
