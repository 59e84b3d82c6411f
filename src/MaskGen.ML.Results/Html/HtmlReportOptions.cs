namespace MaskGen.ML.Results;

/// <summary>What the page of an image shows beside its masks.</summary>
public sealed record HtmlReportOptions
{
    /// <summary>Name of the model, or null to leave it out.</summary>
    public string? Model { get; init; }

    /// <summary>Address of the page that lists all images of the run, relative to this page, such as <c>index.html</c>; null for no
    /// link.</summary>
    public string? IndexAddress { get; init; }

    /// <summary>Whether masks that are candidates of one prompt are taken for that: the best one is shown, the others are listed.</summary>
    internal bool ShowsCandidatesApart { get; init; } = true;

    /// <summary>As <see cref="MaskOverlayOptions.AreAskedFor"/>.</summary>
    internal bool AreAskedFor { get; init; }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">The name or the address is empty.</exception>
    public void Validate()
    {
        if (Model is { Length: 0 })
        {
            throw new ArgumentException("Expected the name of a model or null, found an empty string.", nameof(Model));
        }

        if (IndexAddress is { Length: 0 })
        {
            throw new ArgumentException("Expected an address or null, found an empty string.", nameof(IndexAddress));
        }
    }
}
