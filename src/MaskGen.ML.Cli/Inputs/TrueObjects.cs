using MaskGen.ML.Files;
using MaskGen.ML.Masks;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>The true objects of images: of a COCO data set, of a label map, or of a folder of label maps.</summary>
internal sealed class TrueObjects
{
    private const string Png = ".png";

    // The last may be anything: it is a map where none has another.
    private static readonly string[] Endings = [".labels.png", "-labels.png", "_labels.png", Png];

    private readonly string _path;
    private readonly ILookup<string, CocoImage> _byFileName;

    // Who has asked first, by the name of the image in the data set, or by the label map.
    private readonly Dictionary<string, string> _askedBy = new(StringComparer.Ordinal);

    private TrueObjects(string path, CocoDataset? dataset)
    {
        (_path, Dataset) = (path, dataset);
        _byFileName = (dataset?.Images ?? []).ToLookup(image => Path.GetFileName(image.FileName), StringComparer.Ordinal);
    }

    /// <summary>The data set; null for label maps.</summary>
    public CocoDataset? Dataset { get; }

    /// <summary>Opens what a user names.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="say">Receives a line about objects that have no mask.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is none of these.</exception>
    public static TrueObjects Open(string path, Action<string> say)
    {
        const string Expected = "expected true objects (a COCO data set, a label map in PNG, or a folder of label maps)";
        if (Directory.Exists(path) || HasEnding(path, Png))
        {
            return Path.Exists(path)
                ? new TrueObjects(path, dataset: null)
                : throw new FileNotFoundException($"--truth {path}: {Expected}, found no file or folder of that name.", path);
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"--truth {path}: {Expected}, found no file or folder of that name.", path);
        }

        string form;
        try
        {
            form = MaskSource.FormName(path);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"--truth {path}: {Expected}, found another file.", e);
        }

        return form == "a COCO data set"
            ? new TrueObjects(path, CocoDatasetReader.Parse(
                BoundedInput.ReadFile(path, CocoDatasetReader.MaximumBytes), path, say: say))
            : throw new InvalidDataException(
                $"--truth {path}: {Expected}, found {form}; 'maskgen convert --format coco' makes a data set of records and of LabelMe's "
                + "annotations.");
    }

    /// <summary>The objects of an image.</summary>
    /// <param name="image">Its name, as the results have it, with <c>/</c> between folders.</param>
    /// <returns>Objects, and crowds of them; null where there is nothing about the image. One of the two names may have fewer folders in
    /// front, but images of different folders never get the same objects.</returns>
    /// <exception cref="IOException">A label map cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public (MaskSet Objects, MaskSet Crowds)? Of(string image)
    {
        if (Dataset is null)
        {
            return LabelMapOf(image) is { } map && IsFirst(map, image) ? OfMap(map) : null;
        }

        List<CocoImage> fitting = [.. _byFileName[Path.GetFileName(image)].Where(known => IsEndOfOther(known.FileName, image))];
        var found = fitting.Find(known => known.FileName == image) ?? (fitting.Count == 1 ? fitting[0] : null);
        return found is not null && IsFirst(found.FileName, image) ? Split(found) : null;
    }

    /// <summary>Images that nobody has asked about, with their objects: of a data set, or of the label maps of a folder.</summary>
    /// <param name="fail">Receives what is wrong with a label map, or with a folder.</param>
    public IEnumerable<(string Name, MaskSet Objects, MaskSet Crowds)> Missed(Action<string> fail)
    {
        foreach (var image in (Dataset?.Images ?? []).Where(image => !_askedBy.ContainsKey(image.FileName)))
        {
            var (objects, crowds) = Split(image);
            yield return (image.FileName, objects, crowds);
        }

        foreach (var (path, name) in MissedMaps(fail))
        {
            (MaskSet Objects, MaskSet Crowds)? map = null;
            try
            {
                map = OfMap(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                fail(e.Message);
            }

            if (map is var (objects, crowds))
            {
                yield return (name, objects, crowds);
            }
        }
    }

    private static (MaskSet Objects, MaskSet Crowds) OfMap(string path) =>
        LabelPng.Read(path) is var objects ? (objects, new MaskSet(objects.ImageSize, [])) : default;

    private static (MaskSet Objects, MaskSet Crowds) Split(CocoImage image) => (
        SourceAnnotation.WithoutCrowds(image.Masks),
        new MaskSet(image.Masks.ImageSize, [.. image.Masks.Where(SourceAnnotation.IsOfCrowd)]));

    private static bool HasEnding(string path, string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    private List<(string Path, string Name)> MissedMaps(Action<string> fail)
    {
        if (!Directory.Exists(_path))
        {
            return [];
        }

        // Where maps say by their names what they are, other PNGs are images or pictures of them.
        var files = FileTree.Find(_path, PathPattern.Everything(isRecursive: true), fail);
        var endings = files.Exists(file => Endings[..^1].Any(ending => HasEnding(file.Path, ending))) ? Endings[..^1] : Endings;
        return
        [
            .. from file in files
               let folders = file.Folder.Split('/', StringSplitOptions.RemoveEmptyEntries)
               let path = Path.Combine([_path, .. folders, Path.GetFileName(file.Path)])
               where endings.Any(ending => HasEnding(path, ending))
                   && !_askedBy.ContainsKey(path)
                   && (endings.Length < Endings.Length || !ImageFiles.IsOwnResult(path))
               select (path, ResultNames.Below(file.Folder, Path.GetFileName(path))),
        ];
    }

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
