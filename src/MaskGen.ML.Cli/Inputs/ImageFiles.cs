using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>What a file in a folder of images is to a run.</summary>
internal enum ImageFileRole
{
    /// <summary>An image to segment.</summary>
    Image,

    /// <summary>Hidden, or one of the files that systems leave in every folder of images.</summary>
    Hidden,

    /// <summary>A result of this program, or of another that uses the library.</summary>
    OwnResult,

    /// <summary>Of another type, or no file of bytes.</summary>
    OtherType,
}

/// <summary>Decides which files of a folder are images.</summary>
internal static class ImageFiles
{
    private static readonly string[] SystemFiles = ["thumbs.db", "ehthumbs.db", "desktop.ini"];

    /// <summary>The extensions of images, for messages.</summary>
    public static string ExtensionList => string.Join(", ", ImageFileNames.Extensions);

    /// <summary>What a file is that a folder or a pattern has brought up.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isHidden">Whether the system has it hidden.</param>
    public static ImageFileRole RoleOf(string path, bool isHidden)
    {
        if (isHidden || SystemFiles.Contains(Path.GetFileName(path), StringComparer.OrdinalIgnoreCase))
        {
            return ImageFileRole.Hidden;
        }

        // There may be very many: each is asked once.
        var isOfBytes = FileStatus.OfTarget(path) is not { IsRegular: false };
        return isOfBytes && IsOursWithin(path) ? ImageFileRole.OwnResult
            : isOfBytes && ImageFileNames.IsImage(path) ? ImageFileRole.Image
            : ImageFileRole.OtherType;
    }

    /// <summary>Whether this library wrote a file, by what the file says of itself and not by its name; false where it cannot be
    /// read.</summary>
    public static bool IsOwnResult(string path) =>
        File.Exists(path) && FileStatus.OfTarget(path) is not { IsRegular: false } && IsOursWithin(path);

    private static bool IsOursWithin(string path)
    {
        try
        {
            return ResultFile.IsOurs(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever reads it says what is wrong.
            return false;
        }
    }
}
