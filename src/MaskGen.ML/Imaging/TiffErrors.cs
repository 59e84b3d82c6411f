namespace MaskGen.ML.Imaging;

/// <summary>What is said of TIFF files that cannot be read.</summary>
internal static class TiffErrors
{
    /// <summary>The file is not whole.</summary>
    public static InvalidDataException Damaged(string source, string found) =>
        new($"{source}: expected a whole TIFF image, found {found}; the file is cut off or damaged.");

    /// <summary>The file is of a form that is not read.</summary>
    public static InvalidDataException Unread(string source, string found) =>
        new($"{source}: expected an image ({ImageFormats.Names}), found {found}.");
}
