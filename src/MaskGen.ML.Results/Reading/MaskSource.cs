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
    /// <summary>The way from the folder of the file to the image, with slashes; null where the file does not say it.</summary>
    public string? ImagePath { get; private init; }

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
        ThrowUnlessJson(bytes.Span, path);
        switch (FormOf(bytes, path))
        {
            case "masks":
                var records = MasksJsonReader.Parse(bytes, path, checksBoxes: false);
                var source = new MaskSource(path, records.ImageName, records.Masks, records.Model, records.Stamp);
                return [source with { ImagePath = records.ImagePath }];
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
