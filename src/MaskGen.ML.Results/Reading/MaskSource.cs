using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>An image with its masks, out of a file of results or annotations.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">Name of the image, as the file has it.</param>
/// <param name="Masks">Its masks, of an image of at least one pixel; those of a COCO data set may be crowds.</param>
/// <param name="Model">Name of the model; null if the file does not say it.</param>
/// <param name="Stamp">What the file says of itself; null unless this library wrote it.</param>
internal sealed record MaskSource(string File, string Name, MaskSet Masks, string? Model, ResultStamp? Stamp)
{
    private const string Records = "masks";
    private const string Dataset = "annotations";
    private const string LabelMe = "shapes";
    private const string Results = "image_id";

    /// <summary>The way from the folder of the file to the image, with slashes; null where the file does not say it.</summary>
    public string? ImagePath { get; private init; }

    /// <summary>The image in its COCO data set; null if it comes from another file.</summary>
    public CocoImage? CocoImage { get; private init; }

    /// <summary>The categories of its COCO data set.</summary>
    public IReadOnlyList<CocoCategory> Categories { get; private init; } = [];

    /// <summary>Reads a file: SAM 2's records as this library writes them, a COCO data set, a list of COCO's results, or annotations of
    /// LabelMe, told apart by their members.</summary>
    /// <param name="path">The file, of at most 2^30 bytes.</param>
    /// <param name="say">Receives a line about what is left out: annotations without a mask, and images without pixels.</param>
    /// <param name="dataset">Knows the images of a list of results, which gives them by number; null where there is none.</param>
    /// <returns>Its images; for a COCO data set all of them are in memory together.</returns>
    /// <exception cref="InvalidDataException">It is none of these, or damaged; the message names file and field.</exception>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyList<MaskSource> Read(string path, Action<string>? say = null, CocoDataset? dataset = null)
    {
        var bytes = BoundedInput.ReadFile(path, MasksJsonReader.MaximumBytes);
        ThrowUnlessJson(bytes.Span, path);
        say ??= _ => { };
        switch (FormOf(bytes, path))
        {
            case Records:
                var records = MasksJsonReader.Parse(bytes, path, checksBoxes: false);
                var source = new MaskSource(path, records.ImageName, records.Masks, records.Model, records.Stamp);
                return [Checked(source with { ImagePath = records.ImagePath })];
            case Dataset:
                var read = CocoDatasetReader.Parse(bytes, path, say: say);
                return OfImages(path, read, read.Images.Select(image => (image, image.Masks)), say);
            case Results when dataset is not null:
                return OfImages(path, dataset, CocoDatasetReader.ParseResults(bytes, path, dataset, say), say);
            case Results:
                throw new InvalidDataException(
                    $"{path}: expected a file that names its images, found a list of COCO's results, which gives them by number; "
                    + "'maskgen evaluate' takes it with the data set as --truth.");
            default:
                return [MasksJsonReader.ParseJson(bytes, path, root =>
                {
                    var (imagePath, masks) = LabelMeReader.Read(root);
                    return Checked(new MaskSource(path, imagePath.Replace('\\', '/'), masks, Model: null, Stamp: null));
                })];
        }
    }

    // An image, mostly: what is read there are masks, not images.
    private static void ThrowUnlessJson(ReadOnlySpan<byte> bytes, string path)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        var text = (bytes.StartsWith(mark) ? bytes[mark.Length..] : bytes).TrimStart(" \t\r\n"u8);
        if (!text.IsEmpty && text[0] is not ((byte)'{' or (byte)'['))
        {
            throw new InvalidDataException(
                $"{path}: expected a JSON file with masks: records (.masks.json), a COCO data set or LabelMe's annotations; found "
                + $"{(IsImage(bytes) ? "an image. 'maskgen everything' and 'maskgen prompt' find masks in images" : "something else")}.");
        }
    }

    private static bool IsImage(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
        || bytes.StartsWith("GIF8"u8) || bytes.StartsWith("BM"u8) || bytes.StartsWith("RIFF"u8);

    /// <summary>Whether a file is a COCO data set by its members.</summary>
    /// <exception cref="InvalidDataException">It is none of the files that are read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string FormName(string path) => FormOf(BoundedInput.ReadFile(path, MasksJsonReader.MaximumBytes), path) switch
    {
        Records => "records of masks",
        Dataset => "a COCO data set",
        Results => "a list of COCO's results",
        _ => "annotations of LabelMe",
    };

    private static List<MaskSource> OfImages(
        string path, CocoDataset dataset, IEnumerable<(CocoImage Image, MaskSet Masks)> images, Action<string> say)
    {
        var (sources, without) = (new List<MaskSource>(), new List<string>());
        foreach (var (image, masks) in images)
        {
            if (masks.ImageSize.PixelCount == 0)
            {
                without.Add(image.FileName);
                continue;
            }

            sources.Add(Checked(new MaskSource(path, image.FileName, masks, Model: null, Stamp: null)
            {
                CocoImage = image, Categories = dataset.Categories,
            }));
        }

        if (without.Count > 0)
        {
            say($"{path}: {without.Count} {(without.Count == 1 ? "image" : "images")} without pixels left out ({without[0]}"
                + $"{(without.Count > 1 ? ", ..." : string.Empty)}).");
        }

        return sources;
    }

    // Results are named after images: what is no name of a file ends here.
    private static MaskSource Checked(MaskSource source) =>
        source.Name.Contains('\0') || source.Name.Split('/')[^1].Trim() is "" or "." or ".."
            ? throw new InvalidDataException(
                $"{source.File}: expected the name of an image file, found '{source.Name.Replace("\0", "\\0", StringComparison.Ordinal)}'.")
            : source.Masks.ImageSize.PixelCount == 0
                ? throw new InvalidDataException(
                    $"{source.File}: expected an image of at least one pixel, found one of {source.Masks.ImageSize}.")
                : source;

    private static string FormOf(ReadOnlyMemory<byte> bytes, string path) => MasksJsonReader.ParseJson(bytes, path, root =>
    {
        if (root.Value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in (ReadOnlySpan<string>)[Records, Dataset, LabelMe])
            {
                if (root.Value.TryGetProperty(member, out _))
                {
                    return member;
                }
            }
        }

        // Nothing found is a list of results too.
        if (root.Value.ValueKind == JsonValueKind.Array
            && (root.Value.GetArrayLength() == 0
                || (root.Value[0].ValueKind == JsonValueKind.Object && root.Value[0].TryGetProperty(Results, out _))))
        {
            return Results;
        }

        throw root.Error("expected records (masks), a COCO data set (annotations) or LabelMe's annotations (shapes), found none of them.");
    });
}
