using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>An image with its masks, out of a file of results or annotations.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">Name of the image, as the file has it.</param>
/// <param name="Masks">Its masks.</param>
/// <param name="Model">Name of the model; null if the file does not say it.</param>
/// <param name="Stamp">What the file says of itself; null unless this library wrote it.</param>
internal sealed record MaskSource(string File, string Name, MaskSet Masks, string? Model, ResultStamp? Stamp)
{
    /// <summary>Reads a file: SAM 2's records as this library writes them, a COCO data set, or annotations of LabelMe, told apart by their
    /// members.</summary>
    /// <param name="path">The file, of at most 2^30 bytes.</param>
    /// <returns>Its images; for a COCO data set all of them are in memory together.</returns>
    /// <exception cref="InvalidDataException">It is none of these, or damaged; the message names file and field.</exception>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyList<MaskSource> Read(string path)
    {
        var bytes = BoundedInput.ReadFile(path, MasksJsonReader.MaximumBytes);
        switch (FormOf(bytes, path))
        {
            case "masks":
                var records = MasksJsonReader.Parse(bytes, path, checksBoxes: false);
                return [new MaskSource(path, records.ImageName, records.Masks, records.Model, records.Stamp)];
            case "annotations":
                return [.. CocoDatasetReader.Parse(bytes, path).Images.Select(
                    image => new MaskSource(path, image.FileName, image.Masks, Model: null, Stamp: null))];
            default:
                return [MasksJsonReader.ParseJson(bytes, path, root =>
                {
                    var (imagePath, masks) = LabelMeReader.Read(root);
                    return new MaskSource(path, imagePath.Replace('\\', '/'), masks, Model: null, Stamp: null);
                })];
        }
    }

    private static string FormOf(ReadOnlyMemory<byte> bytes, string path) => MasksJsonReader.ParseJson(bytes, path, root =>
    {
        if (root.Value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in (ReadOnlySpan<string>)["masks", "annotations", "shapes"])
            {
                if (root.Value.TryGetProperty(member, out _))
                {
                    return member;
                }
            }
        }

        throw root.Error("expected records (masks), a COCO data set (annotations) or LabelMe's annotations (shapes), found none of them.");
    });
}
