namespace MaskGen.ML.Results;

/// <summary>Writes the results of a run in one format. Every file is written whole or not at all. Not safe for concurrent use.</summary>
internal abstract class ResultWriter : IDisposable
{
    /// <summary>What the form could not carry, and what was done instead, a line each; complete at the end of the run.</summary>
    public virtual IEnumerable<string> Remarks => [];

    /// <summary>Writes the files of an image.</summary>
    /// <returns>Their paths.</returns>
    /// <exception cref="IOException">A file cannot be written, or was not written by this command.</exception>
    public virtual IReadOnlyList<string> Write(ResultImage image) => [];

    /// <summary>Adds an image whose files are all written, by this run or an earlier one, to the file about all images.</summary>
    /// <param name="path">The image, as in <see cref="ResultImage.Path"/>.</param>
    /// <param name="masks">Its masks; not null if the format needs every mask.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public virtual void Add(string path, MaskSet? masks)
    {
    }

    /// <summary>Whether an earlier run has written every file of an image, whole, and of the same origin.</summary>
    /// <param name="path">The image, as in <see cref="ResultImage.Path"/>.</param>
    /// <param name="origin">What the files must be of.</param>
    /// <param name="masks">Set to the masks if the format keeps them.</param>
    /// <exception cref="IOException">A file cannot be read; the image then counts as not done.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read, likewise.</exception>
    /// <exception cref="InvalidDataException">A file is not what it should be, likewise.</exception>
    public virtual bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks) => true;

    /// <summary>Writes what is about all images together.</summary>
    /// <returns>The path of the file; null if there is none.</returns>
    /// <exception cref="IOException">It cannot be written, or was not written by this command.</exception>
    public virtual string? Complete() => null;

    /// <summary>Drops what is not complete. Throws nothing.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
