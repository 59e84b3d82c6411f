using System.Numerics.Tensors;
using MaskGen.ML.Files;
using MaskGen.ML.Imaging;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Finds images that are in order as files and will hardly give the masks that are wanted.</summary>
internal static class ImageRemarks
{
    // Of 256 levels: photos of the night have some light in them.
    private const int DarkestBrightest = 64;

    private const int Levels = 256;

    /// <summary>Says what should be said of an image, if anything.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="image">What was decoded from it, or a smaller version.</param>
    /// <param name="say">Receives a line.</param>
    /// <param name="options">How it was read; null for the usual.</param>
    /// <param name="arePagesChosen">Whether it was asked for by its page.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static void Say(
        string path, RgbImage image, Action<string> say, ImageLoadOptions? options = null, bool arePagesChosen = false)
    {
        options ??= new ImageLoadOptions();

        // The pages and bands of a file that can be read only once are not looked at.
        if (FileStatus.OfTarget(path) is { IsRegular: false })
        {
            return;
        }

        var facts = ImageFacts.Read(path, options.Page);
        if (Of(path, image, facts, options) is { } remark)
        {
            say(remark);
        }

        if (facts.Pages > 1 && !arePagesChosen)
        {
            say($"{path}: the first of {facts.Pages} pages; --pages takes others.");
        }

        if (facts.Bands > Math.Max(facts.Colors, 3) + 1)
        {
            var shown = facts.Colors == 3 ? "the first three are taken for red, green and blue" : "the first alone is shown";
            say($"{path}: {facts.Bands} bands, of which {shown}.");
        }
    }

    /// <summary>What should be said of how bright an image is; null for nothing.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="image">What was decoded from it.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string? Of(string path, RgbImage image) => Of(path, image, ImageFacts.Read(path), new ImageLoadOptions());

    private static string? Of(string path, RgbImage image, ImageFacts facts, ImageLoadOptions options)
    {
        var brightest = TensorPrimitives.Max(image.Pixels);
        if (brightest >= DarkestBrightest || facts.Bits is not (> 8 and <= 16) || options.Range != ImageRange.Full)
        {
            return null;
        }

        var values = 1 << facts.Bits;
        return $"{path}: a {facts.Bits}-bit image that uses only a small part of its range (values below "
            + $"{(brightest + 1) * (values / Levels)} of {values}) comes almost black; --range auto stretches it.";
    }
}
