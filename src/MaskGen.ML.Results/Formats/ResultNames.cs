using System.Globalization;

namespace MaskGen.ML.Results;

/// <summary>What the files of a run are called. Those of prompts have names of their own, so that neither command overwrites the
/// other's.</summary>
/// <param name="folder">The folder that they go to.</param>
/// <param name="mode">The command, such as <see cref="ResultOrigin.Everything"/>.</param>
internal sealed class ResultNames(string folder, string mode)
{
    /// <summary>What stands before the number of a mask as an image.</summary>
    public const string MaskInfix = ".mask-";

    private const string MaskEnding = ".png";

    private readonly string _infix = mode switch
    {
        ResultOrigin.Everything or ResultOrigin.Convert => string.Empty,
        ResultOrigin.ConvertPrompt => "." + ResultOrigin.Prompt,
        ResultOrigin.ViewPrompt => $".{ResultOrigin.Prompt}.{ResultOrigin.View}",
        _ => "." + mode,
    };

    public string Folder => folder;

    public string Mode => mode;

    /// <summary>What an image's results are named after: its path, relative to that of the run, without the extension.</summary>
    /// <param name="image">The path, with slashes.</param>
    public static string StemOf(string image) => Below(FolderOf(image), Path.GetFileNameWithoutExtension(image));

    /// <summary>The folder of a path with slashes, which is mirrored under that of the results; empty for none.</summary>
    public static string FolderOf(string path) => path.LastIndexOf('/') is > 0 and var end ? path[..end] : string.Empty;

    /// <summary>A name in a folder of a path with slashes.</summary>
    public static string Below(string folderOfPath, string name) => folderOfPath.Length == 0 ? name : $"{folderOfPath}/{name}";

    /// <summary>Where something with a path with slashes lies.</summary>
    public string PathOf(string relative) =>
        Path.Combine(folder, Path.DirectorySeparatorChar == '/' ? relative : relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>The files of one image, by paths with slashes, but for those of its single masks, whose number is not known
    /// before.</summary>
    public IEnumerable<(ResultKind Kind, string Name)> Of(string image, IEnumerable<ResultFormat> formats) =>
        formats.SelectMany(format => format.FilesOfImage)
            .Distinct()
            .Select(file => (file.Kind, NameOf(image, file)));

    /// <summary>The folders that the files of an image lie in, with slashes; empty for the folder of the results itself.</summary>
    public IEnumerable<string> FoldersOf(string image, IEnumerable<ResultFormat> formats) =>
        Of(image, formats).Select(file => FolderOf(file.Name))
            .Concat(formats.Any(format => format.FileOfMask is not null) ? [FolderOf(image)] : [])
            .Distinct();

    /// <summary>Name of a file about all images.</summary>
    /// <param name="stem">What it begins with.</param>
    /// <param name="ending">What it ends with.</param>
    public string NameOf(string stem, string ending) => stem + _infix + ending;

    /// <summary>Path of a file of one image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="ending">What follows its name.</param>
    public string PathOf(string image, string ending) => PathOf(Stem(image) + ending);

    /// <summary>Path of a file of one image.</summary>
    public string PathOf(string image, ResultFormat.ImageFile file) => PathOf(NameOf(image, file));

    /// <summary>Path of a single mask of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="number">From 1.</param>
    /// <param name="infix">What stands before the number.</param>
    public string PathOfMask(string image, int number, string infix = MaskInfix) =>
        PathOf($"{Stem(image)}{infix}{number:D4}{MaskEnding}");

    /// <summary>What the files per mask of an image have before their numbers, but for the name of the command.</summary>
    public static string MaskStemOf(string image, string infix) => StemOf(image) + infix;

    /// <summary>Reads the name of a single mask of this command.</summary>
    /// <param name="name">The name.</param>
    /// <param name="infix">What stands before the number.</param>
    /// <returns>Stem of the image and number of the mask; null for any other name.</returns>
    public (string Stem, int Number)? TryParseMask(string name, string infix = MaskInfix)
    {
        var start = name.LastIndexOf(infix, StringComparison.OrdinalIgnoreCase);
        var hasRoomForANumber = start >= 0 && start + infix.Length <= name.Length - MaskEnding.Length;
        if (!hasRoomForANumber || !name.EndsWith(MaskEnding, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var (stem, digits) = (name[..start], name[(start + infix.Length)..^MaskEnding.Length]);
        return stem.EndsWith(_infix, StringComparison.OrdinalIgnoreCase) && stem.Length > _infix.Length
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0 && digits == number.ToString("D4", CultureInfo.InvariantCulture)
                ? (stem[..^_infix.Length], number)
                : null;
    }

    private string NameOf(string image, ResultFormat.ImageFile file) =>
        file.Place?.Invoke(image) ?? (file.IsNamedAsImage ? StemOf(image) : Stem(image)) + file.Ending;

    private string Stem(string image) => StemOf(image) + _infix;
}
