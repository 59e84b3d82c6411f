using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>The true objects of images: of a COCO data set, of a label map, or of a folder of label maps.</summary>
internal sealed class TrueObjects
{
    private static readonly string[] Endings = [".labels.png", "-labels.png", "_labels.png", ".png"];

    private readonly string _path;
    private readonly CocoDataset? _dataset;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private readonly Dictionary<string, CocoImage> _byName = new(StringComparer.Ordinal);

    private TrueObjects(string path, CocoDataset? dataset)
    {
        (_path, _dataset) = (path, dataset);

        // By the whole name before any that is the same without folders.
        foreach (var image in dataset?.Images ?? [])
        {
            _byName[image.FileName] = image;
        }

        foreach (var image in dataset?.Images ?? [])
        {
            _byName.TryAdd(Path.GetFileName(image.FileName), image);
        }
    }

    /// <summary>Opens what a user names.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is none of these.</exception>
    public static TrueObjects Open(string path) => Directory.Exists(path) || IsLabelMap(path)
        ? new TrueObjects(path, dataset: null)
        : new TrueObjects(path, CocoDataset.Load(path));

    /// <summary>The objects of an image.</summary>
    /// <param name="image">Its name, as the results have it.</param>
    /// <returns>Objects, and crowds of them; null where there is nothing about the image.</returns>
    /// <exception cref="IOException">A label map cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public (MaskSet Objects, MaskSet Crowds)? Of(string image)
    {
        if (_dataset is null)
        {
            return LabelMapOf(image) is { } map && LabelPng.Read(map) is var objects
                ? (objects, new MaskSet(objects.ImageSize, []))
                : null;
        }

        if (!_byName.TryGetValue(image, out var found) && !_byName.TryGetValue(Path.GetFileName(image), out found))
        {
            return null;
        }

        _seen.Add(found.FileName);
        return Split(found);
    }

    /// <summary>Images of a data set that nobody has asked about, with their objects.</summary>
    public IEnumerable<(string Name, MaskSet Objects, MaskSet Crowds)> Missed() =>
        from image in _dataset?.Images ?? []
        where !_seen.Contains(image.FileName)
        let objects = Split(image)
        select (image.FileName, objects.Objects, objects.Crowds);

    private static (MaskSet Objects, MaskSet Crowds) Split(CocoImage image)
    {
        return (Where(isCrowd: false), Where(isCrowd: true));

        MaskSet Where(bool isCrowd) => new(
            image.Masks.ImageSize, [.. image.Annotations.Where(one => one.IsCrowd == isCrowd).Select(one => one.Mask)]);
    }

    private static bool IsLabelMap(string path) => string.Equals(Path.GetExtension(path), ".png", StringComparison.OrdinalIgnoreCase);

    private string? LabelMapOf(string image)
    {
        var stem = Path.GetFileNameWithoutExtension(image);
        return !Directory.Exists(_path)
            ? _path
            : Endings.Select(ending => Path.Combine(_path, stem + ending)).FirstOrDefault(File.Exists);
    }
}
