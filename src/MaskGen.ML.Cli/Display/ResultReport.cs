namespace MaskGen.ML.Cli.Display;

/// <summary>Says on standard output what a run has found and written; this one says nothing.</summary>
internal class ResultReport(Terminal terminal)
{
    protected Terminal Terminal { get; } = terminal;

    /// <summary>An image is done.</summary>
    /// <param name="image">The image, as the user named it.</param>
    /// <param name="masks">Its masks.</param>
    /// <param name="files">The files that were written for it.</param>
    public virtual void Done(string image, MaskSet masks, IReadOnlyList<string> files)
    {
    }

    /// <summary>An image was done by an earlier run.</summary>
    /// <param name="image">The image, as the user named it.</param>
    /// <param name="name">What its results are named after.</param>
    public virtual void DoneBefore(string image, string name) => Terminal.Say($"{name}: done already");

    /// <summary>An image could not be done.</summary>
    public virtual void Failed(string image, string message) => Terminal.Fail(message);

    /// <summary>Files about all images were written.</summary>
    public virtual void Completed(IReadOnlyList<string> files)
    {
    }
}
