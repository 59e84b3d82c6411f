namespace MaskGen.ML.Results;

/// <summary>Hands notebooks the formatters of the result types. Found by name, without a reference to .NET Interactive: the attribute
/// names this type, the notebook creates it and calls <see cref="CreateTypeFormatters"/>.</summary>
internal sealed class NotebookFormatterSource
{
    /// <summary>Objects with a <c>MimeType</c> and <c>Format(object, TextWriter)</c>, which is all that a notebook asks of them.</summary>
    public IEnumerable<object> CreateTypeFormatters() => [new NotebookHtmlFormatter(), new NotebookTextFormatter()];
}
