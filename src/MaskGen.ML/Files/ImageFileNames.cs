namespace MaskGen.ML.Files;

/// <summary>Decides by their names which files of a folder are images, and which folders have none of anybody's.</summary>
internal static class ImageFileNames
{
    private static readonly string[] Known =
        [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".tif", ".tiff", ".webp", ".bmp", ".gif"];

    // Made by Synology, Windows, macOS and Linux; what is in them are no photos of anybody's.
    private static readonly string[] SystemFolders = ["@eadir", "$recycle.bin", "system volume information", "__macosx", "lost+found"];

    /// <summary>The extensions of images, with their dots.</summary>
    public static IReadOnlyList<string> Extensions => Known;

    /// <summary>Whether it is the name of an image; what is in a file of such a name, the decoder finds out.</summary>
    public static bool IsImage(string name) => Known.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it is the name of a folder that systems and devices leave beside images.</summary>
    public static bool IsSystemFolder(string name) => SystemFolders.Contains(name, StringComparer.OrdinalIgnoreCase);
}
