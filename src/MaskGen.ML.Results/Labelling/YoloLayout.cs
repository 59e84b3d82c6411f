namespace MaskGen.ML.Results;

/// <summary>Where the files of a YOLO data set lie, by paths with slashes below its folder.</summary>
/// <remarks>Images are in <c>images</c> and labels in <c>labels</c>, both with the folders of the images. Source: Ultralytics,
/// ultralytics/data/utils.py. img2label_paths looks for labels where the last <c>/images/</c> of an image's path is <c>/labels/</c> and the
/// extension <c>.txt</c>; without such a part beside the image. IMG_FORMATS has the extensions of images, and check_det_dataset takes
/// folders relative to the file that names them where that has no <c>path</c>.</remarks>
internal static class YoloLayout
{
    /// <summary>Folder of the images.</summary>
    public const string Images = "images";

    /// <summary>A side of fewer pixels, and an image is passed over (verify_image_label).</summary>
    public const int ShortestSide = 10;

    private const string Labels = "labels";
    private const string Jpeg = ".jpg";

    private static readonly string[] Extensions = [".bmp", ".jpeg", Jpeg, ".png", ".tif", ".tiff", ".webp"];
    private static readonly string[] OtherJpegs = [".jpe", ".jfif", ".jif"];

    // As splits are called; the second is that of validation.
    private static readonly string[][] Splits = [["train"], ["val", "valid"], ["test"]];

    /// <summary>Where an image lies.</summary>
    /// <param name="image">Its path below the folder of the images.</param>
    public static string ImageOf(string image) =>
        $"{Images}/{(OtherJpegs.Contains(ExtensionOf(image)) ? Path.ChangeExtension(image, Jpeg) : image)}";

    /// <summary>Whether images of such a name are found.</summary>
    public static bool IsRead(string image) => Extensions.Contains(ExtensionOf(ImageOf(image)));

    /// <summary>Where a file about an image lies.</summary>
    /// <param name="image">Path of the image below the folder of the images.</param>
    /// <param name="ending">What follows its name there.</param>
    public static string LabelsOf(string image, string ending) => BesideLabels(ImageOf(image), ending)!;

    /// <summary>The file beside the labels of an image.</summary>
    /// <param name="path">Path of the image, with slashes.</param>
    /// <param name="ending">What follows its name there.</param>
    /// <returns>Null where the image is not in a data set.</returns>
    public static string? BesideLabels(string path, string ending)
    {
        // The last folder of that name, also of one inside the folder of images.
        var rooted = "/" + path;
        var at = rooted.LastIndexOf($"/{Images}/", StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var moved = $"{rooted[..at]}/{Labels}/{rooted[(at + Images.Length + 2)..]}"[1..];
        var dot = moved.LastIndexOf('.');
        return (dot > moved.LastIndexOf('/') ? moved[..dot] : moved) + ending;
    }

    /// <summary>The folders of images to train, validate and test with, of which the last may be missing.</summary>
    /// <param name="folder">The folder of the data set.</param>
    /// <returns>The folders that are there if images are in folders of such names and nowhere else; all images for both
    /// otherwise.</returns>
    public static (string Train, string Val, string? Test) SplitsOf(string folder)
    {
        var images = Path.Combine(folder, Images);
        string[] entries = Directory.Exists(images)
            ? [.. Directory.EnumerateFileSystemEntries(images).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)]
            : [];
        string?[] found = [.. Splits.Select(names => entries.FirstOrDefault(entry => names.Contains(entry)))];
        var isSplit = found[0] is not null && found[1] is not null
            && entries.Length == found.Count(name => name is not null)
            && entries.All(entry => Directory.Exists(Path.Combine(images, entry)));
        return isSplit
            ? ($"{Images}/{found[0]}", $"{Images}/{found[1]}", found[2] is { } test ? $"{Images}/{test}" : null)
            : (Images, Images, null);
    }

    private static string ExtensionOf(string image) => Path.GetExtension(image).ToLowerInvariant();
}
