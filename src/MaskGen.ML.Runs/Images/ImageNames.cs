using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Runs;

/// <summary>Decides by their names which files are images of a run.</summary>
internal static class ImageNames
{
    private const string Archive = ".tar";

    /// <summary>The extensions, for messages.</summary>
    public static string ExtensionList => string.Join(", ", ImageFileNames.Extensions.Append(Archive));

    /// <summary>Whether it is an image; what is in it, the decoder finds out.</summary>
    public static bool IsImage(string name) => !IsHidden(name) && ImageFileNames.IsImage(name);

    /// <summary>Whether it is an archive of images.</summary>
    public static bool IsArchive(string name) =>
        !IsHidden(name) && Archive.Equals(Path.GetExtension(name), StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a folder is looked into.</summary>
    public static bool IsSearched(string folder) => !folder.StartsWith('.') && !ImageFileNames.IsSystemFolder(folder);

    /// <summary>Whether a file of an image's name is a result of this library. Files are opened only where the name has the form that
    /// results have: two extensions, such as <c>a.overlay.png</c>.</summary>
    public static bool IsOwnResult(string path)
    {
        if (!Path.GetFileNameWithoutExtension(path).Contains('.', StringComparison.Ordinal))
        {
            return false;
        }

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

    private static bool IsHidden(string name) => name[(name.LastIndexOf('/') + 1)..].StartsWith('.');
}
