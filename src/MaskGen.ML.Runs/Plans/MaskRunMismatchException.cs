namespace MaskGen.ML.Runs;

/// <summary>A run and whoever works at it do not fit: another version of the library, another pipeline, a changed plan. Trying again does
/// not help.</summary>
public sealed class MaskRunMismatchException : InvalidOperationException
{
    /// <summary>An error with a message.</summary>
    /// <param name="message">What was expected and what was found.</param>
    public MaskRunMismatchException(string message)
        : base(message)
    {
    }
}
