using System.Globalization;
using MaskGen.ML.Cli.Inputs;

namespace MaskGen.ML.Cli.Prompts;

/// <summary>Finds the image that a file of prompts names: by a path as it was typed, by a path below the folder that was given or relative
/// to the file of prompts, by the last parts of its path, by its name without the extension, or by COCO's number in the name.</summary>
internal sealed class ImageFinder
{
    private readonly string _folder;
    private readonly Dictionary<string, InputFile> _byPath = new(StringComparer.Ordinal);

    // By less than a path, which several may have.
    private readonly Dictionary<string, List<InputFile>> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<InputFile>> _byStem = new(StringComparer.Ordinal);

    /// <param name="promptFile">The file of prompts.</param>
    /// <param name="images">The images of the run.</param>
    public ImageFinder(string promptFile, IReadOnlyList<InputFile> images)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(promptFile))!;
        foreach (var image in images)
        {
            _byPath.TryAdd(image.Path, image);
            _byPath.TryAdd(image.Name, image);
            _byPath.TryAdd(Path.GetFullPath(image.Path), image);
            Add(_byName, Path.GetFileName(image.Path), image);
            var stem = Path.GetFileNameWithoutExtension(image.Path);
            Add(_byStem, stem, image);
            if (long.TryParse(stem, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number.ToString(CultureInfo.InvariantCulture) is var digits && digits != stem)
            {
                Add(_byStem, digits, image);
            }
        }
    }

    /// <summary>The image of a row; null if it is not among those given.</summary>
    /// <exception cref="InvalidDataException">Several have that name.</exception>
    public InputFile? Find(PromptRow row)
    {
        var name = row.Image!;

        // Files made on Windows have its separators.
        return ByPath(name) ?? ByPath(name.Replace('\\', '/'));

        InputFile? ByPath(string path)
        {
            if (_byPath.TryGetValue(path, out var image) || _byPath.TryGetValue(Path.GetFullPath(path, _folder), out image))
            {
                return image;
            }

            // With other folders it is another image.
            InputFile[] named = [.. _byName.GetValueOrDefault(Path.GetFileName(path)) ?? []];
            InputFile[] found = [.. named.Where(one => EndsIn(one, path))];
            if (found.Length == 0)
            {
                found = [.. _byStem.GetValueOrDefault(path) ?? []];
            }

            return found.Length > 1
                ? throw new InvalidDataException(
                    $"{row.Where}: expected an image that can be told from others, found '{row.Image}', which fits "
                    + $"{found[0].Path} and {found[1].Path}; name it with its folders.")
                : found.FirstOrDefault();
        }
    }

    private static bool EndsIn(InputFile image, string path) =>
        !path.Contains('/') || $"/{image.Name}".EndsWith($"/{path}", StringComparison.Ordinal)
        || Path.GetFullPath(image.Path).Replace('\\', '/').EndsWith($"/{path}", StringComparison.Ordinal);

    private static void Add(Dictionary<string, List<InputFile>> images, string name, InputFile image)
    {
        if (!images.TryGetValue(name, out var several))
        {
            images[name] = several = [];
        }

        several.Add(image);
    }
}
