namespace MaskGen.ML.Results;

/// <summary>One line of text for a result in a notebook.</summary>
internal sealed class NotebookTextFormatter
{
    /// <summary>What <see cref="Format"/> writes.</summary>
    public string MimeType => "text/plain";

    /// <summary>Writes a result.</summary>
    /// <param name="instance">Of any type.</param>
    /// <param name="writer">Where to.</param>
    /// <returns>False, with nothing written, for a type that this formatter does not know.</returns>
    public bool Format(object instance, TextWriter writer)
    {
        if (Describe(instance) is not { } text)
        {
            return false;
        }

        writer.Write(text);
        return true;
    }

    // The line, or null for a type that is not a result.
    private static string? Describe(object instance) => instance is MaskSet or MaskedImage or MaskRecord ? instance.ToString() : null;
}
