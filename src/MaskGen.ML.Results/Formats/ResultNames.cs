using System.Globalization;

namespace MaskGen.ML.Results;

/// <summary>What the files of a run are called. Those of prompts have names of their own, so that neither command overwrites the
/// other's.</summary>
/// <param name="folder">The folder that they go to.</param>
/// <param name="mode">The command, <see cref="ResultOrigin.Everything"/> or <see cref="ResultOrigin.Prompt"/>.</param>
internal sealed class ResultNames(string folder, string mode)
{
    private const string MaskInfix = ".mask-";
    private const string MaskEnding = ".png";

    private readonly string _infix = mode == ResultOrigin.Everything ? string.Empty : "." + mode;

    public string Folder => folder;

    public string Mode => mode;

    /// <summary>What an image's results are named after: its name without the extension.</summary>
    public static string StemOf(string image) => Path.GetFileNameWithoutExtension(image);

    /// <summary>The files of one image, but for those of its single masks, whose number is not known before.</summary>
    public IEnumerable<(ResultKind Kind, string Name)> Of(string image, IEnumerable<ResultFormat> formats) =>
        formats.Select(format => format.FileOfImage)
            .OfType<ResultFormat.ImageFile>()
            .Select(file => (file.Kind, Stem(image) + file.Ending));

    /// <summary>Name of a file about all images.</summary>
    /// <param name="stem">What it begins with.</param>
    /// <param name="ending">What it ends with.</param>
    public string NameOf(string stem, string ending) => stem + _infix + ending;

    /// <summary>Path of a file of one image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="ending">What follows its name.</param>
    public string PathOf(string image, string ending) => Path.Combine(folder, Stem(image) + ending);

    /// <summary>Path of a single mask of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="number">From 1.</param>
    public string PathOfMask(string image, int number) => Path.Combine(folder, MaskPng.FileName(Stem(image), number - 1));

    /// <summary>Reads the name of a single mask of this command.</summary>
    /// <returns>Stem of the image and number of the mask; null for any other name.</returns>
    public (string Stem, int Number)? TryParseMask(string name)
    {
        var start = name.LastIndexOf(MaskInfix, StringComparison.OrdinalIgnoreCase);
        var hasRoomForANumber = start >= 0 && start + MaskInfix.Length <= name.Length - MaskEnding.Length;
        if (!hasRoomForANumber || !name.EndsWith(MaskEnding, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var (stem, digits) = (name[..start], name[(start + MaskInfix.Length)..^MaskEnding.Length]);
        return stem.EndsWith(_infix, StringComparison.OrdinalIgnoreCase) && stem.Length > _infix.Length
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0 && digits == number.ToString("D4", CultureInfo.InvariantCulture)
                ? (stem[..^_infix.Length], number)
                : null;
    }

    private string Stem(string image) => StemOf(image) + _infix;
}
