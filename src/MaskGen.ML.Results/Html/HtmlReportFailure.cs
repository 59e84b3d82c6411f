namespace MaskGen.ML.Results;

/// <summary>An image without a page, for the list of <see cref="HtmlReportIndex"/>.</summary>
public sealed record HtmlReportFailure
{
    /// <summary>Name of the image.</summary>
    public required string ImageName { get; init; }

    /// <summary>Why there is no page, in words.</summary>
    public required string Reason { get; init; }
}
