using System.Globalization;

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

    /// <summary>The line, or null for a type that is no result.</summary>
    internal static string? Describe(object instance) => instance switch
    {
        MaskSet set => $"{set.Count} {(set.Count == 1 ? "mask" : "masks")} of {set.ImageSize} pixels",
        MaskedImage image => Describe(image.Masks),
        MaskRecord mask => string.Create(
            CultureInfo.InvariantCulture,
            $"Mask of {mask.Area} pixels in {mask.Segmentation.Size}, predicted IoU {mask.PredictedIou:F3}, stability {mask.StabilityScore:F3}"),
        _ => null,
    };
}
