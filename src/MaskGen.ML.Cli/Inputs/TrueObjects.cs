using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>The true objects of images: of a COCO data set, of a label map, or of a folder of label maps.</summary>
internal sealed class TrueObjects
{
    private static readonly string[] Endings = [".labels.png", "-labels.png", "_labels.png", ".png"];

    private readonly string _path;
    private readonly CocoDataset? _dataset;
    private readonly ILookup<string, CocoImage> _byFileName;

    // Who has asked first, by the name of the image in the data set, or by the label map.
    private readonly Dictionary<string, string> _askedBy = new(StringComparer.Ordinal);

    private TrueObjects(string path, CocoDataset? dataset)
    {
        (_path, _dataset) = (path, dataset);
        _byFileName = (dataset?.Images ?? []).ToLookup(image => Path.GetFileName(image.FileName), StringComparer.Ordinal);
    }

    /// <summary>Opens what a user names.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is none of these.</exception>
    public static TrueObjects Open(string path) => Directory.Exists(path) || IsLabelMap(path)
        ? new TrueObjects(path, dataset: null)
        : new TrueObjects(path, CocoDataset.Load(path));

    /// <summary>The objects of an image.</summary>
    /// <param name="image">Its name, as the results have it, with <c>/</c> between folders.</param>
    /// <returns>Objects, and crowds of them; null where there is nothing about the image. One of the two names may have fewer folders in
    /// front, but images of different folders never get the same objects.</returns>
    /// <exception cref="IOException">A label map cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public (MaskSet Objects, MaskSet Crowds)? Of(string image)
    {
        if (_dataset is null)
        {
            return LabelMapOf(image) is { } map && (map == _path || IsFirst(map, image)) && LabelPng.Read(map) is var objects
                ? (objects, new MaskSet(objects.ImageSize, []))
                : null;
        }

        List<CocoImage> fitting = [.. _byFileName[Path.GetFileName(image)].Where(known => IsEndOfOther(known.FileName, image))];
        var found = fitting.Find(known => known.FileName == image) ?? (fitting.Count == 1 ? fitting[0] : null);
        return found is not null && IsFirst(found.FileName, image) ? Split(found) : null;
    }

    /// <summary>Images of a data set that nobody has asked about, with their objects.</summary>
    public IEnumerable<(string Name, MaskSet Objects, MaskSet Crowds)> Missed() =>
        from image in _dataset?.Images ?? []
        where !_askedBy.ContainsKey(image.FileName)
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
        if (!Directory.Exists(_path))
        {
            return _path;
        }

        // In the same folders, or in fewer of them.
        var parts = ResultNames.StemOf(image).Split('/');
        return Enumerable.Range(0, parts.Length)
            .SelectMany(left => Endings.Select(ending => Path.Combine([_path, .. parts[left..^1], parts[^1] + ending])))
            .FirstOrDefault(File.Exists);
    }

    private static bool IsEndOfOther(string first, string second)
    {
        var (shorter, longer) = first.Length < second.Length ? (first, second) : (second, first);
        return shorter == longer || longer.EndsWith("/" + shorter, StringComparison.Ordinal);
    }

    private bool IsFirst(string truth, string image) => _askedBy.TryAdd(truth, image) || _askedBy[truth] == image;
}
