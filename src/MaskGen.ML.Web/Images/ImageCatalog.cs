using MaskGen.ML.Files;
using MaskGen.ML.Imaging;

namespace MaskGen.ML.Web;

/// <summary>The images that are served, by identifiers that lead nowhere else.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ImageCatalog
{
    /// <summary>Folder of uploads below that of the results.</summary>
    public const string UploadFolder = "uploads";

    private const int LongestName = 120;

    private readonly Lock _lock = new();
    private readonly List<ServedImage> _images = [];
    private readonly Dictionary<string, ServedImage> _byId = new(StringComparer.Ordinal);
    private readonly MaskGenWebOptions _options;
    private readonly ImageLoadOptions _limits;

    public ImageCatalog(MaskGenWebOptions options)
    {
        _options = options;
        _limits = new ImageLoadOptions
        {
            MaximumPixels = options.MaximumPixels, Range = options.Range, NameOfLimit = "the limit of this server",
        };
        foreach (var image in options.Images)
        {
            Add(new ServedImage(image.Path, image.Name, isUpload: false));
        }

        foreach (var file in UploadsBefore())
        {
            Add(new ServedImage(file, $"{UploadFolder}/{Path.GetFileName(file)}", isUpload: true));
        }
    }

    /// <summary>Which images are read, and how.</summary>
    public ImageLoadOptions Limits => _limits;

    /// <summary>All images, in their order.</summary>
    public IReadOnlyList<ServedImage> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _images];
            }
        }
    }

    /// <summary>An image.</summary>
    /// <exception cref="WebProblem">There is none of that identifier.</exception>
    public ServedImage Find(string id)
    {
        lock (_lock)
        {
            return _byId.TryGetValue(id, out var image) ? image : throw WebProblem.NotFound("There is no image of that id.");
        }
    }

    /// <summary>An image by its name; null where there is none, or several.</summary>
    public ServedImage? FindByName(string name)
    {
        lock (_lock)
        {
            var found = _images.Where(image => image.Name == name || Path.GetFileName(image.Name) == name).Take(2).ToList();
            return found.Count == 1 ? found[0] : found.Find(image => image.Name == name);
        }
    }

    /// <summary>The images before and after one.</summary>
    public IEnumerable<ServedImage> Neighbours(ServedImage image)
    {
        lock (_lock)
        {
            var at = _images.IndexOf(image);
            return at < 0 ? [] : [.. _images.Skip(at + 1).Take(1), .. _images.Take(at).TakeLast(1)];
        }
    }

    /// <summary>Keeps an image that a client has sent.</summary>
    /// <param name="name">What the client calls it; only the last part of a path is kept.</param>
    /// <param name="content">The file.</param>
    /// <exception cref="WebProblem">It is no image, or too large.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public ServedImage Upload(string name, byte[] content)
    {
        var cleanName = CleanName(name) + ExtensionOf(FormatOf(name, content));
        var folder = Path.Combine(_options.OutputFolder, UploadFolder);
        Directory.CreateDirectory(folder);
        lock (_lock)
        {
            var path = FreePath(folder, cleanName);
            AtomicFile.Write(path, stream => stream.Write(content));
            var image = new ServedImage(path, $"{UploadFolder}/{Path.GetFileName(path)}", isUpload: true);
            Add(image);
            return image;
        }
    }

    private ImageFormat FormatOf(string name, byte[] content)
    {
        using var stream = new MemoryStream(content, writable: false);
        try
        {
            return ImageSizeReader.Read(stream, CleanName(name), _limits).Format;
        }
        catch (InvalidDataException e) when (e.Message.Contains("at most", StringComparison.Ordinal))
        {
            throw WebProblem.TooLarge(e.Message);
        }
        catch (InvalidDataException e)
        {
            throw new WebProblem(415, "not-an-image", e.Message);
        }
    }

    private IEnumerable<string> UploadsBefore()
    {
        var folder = Path.Combine(_options.OutputFolder, UploadFolder);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder).Where(IsUpload).Order(StringComparer.Ordinal)
            : [];
    }

    // Beside uploads lie their annotations, and what was begun and never finished.
    private static bool IsUpload(string file) =>
        Enum.GetValues<ImageFormat>().Select(ExtensionOf).Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
        && !Path.GetFileName(file).StartsWith('.');

    // Of what the file is, whatever the client called it: other programs go by it.
    private static string ExtensionOf(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => ".jpg",
        ImageFormat.Tiff => ".tif",
        _ => $".{ImageFormats.Name(format).ToLowerInvariant()}",
    };

    private void Add(ServedImage image)
    {
        if (_byId.TryAdd(image.Id, image))
        {
            _images.Add(image);
        }
    }

    // Without its extension; what could mean something to a file system or a terminal goes.
    private static string CleanName(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var stem = string.Concat(Path.GetFileNameWithoutExtension(last).Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
        return stem.Trim('-') is { Length: > 0 } some ? some[..Math.Min(some.Length, LongestName)] : "image";
    }

    private static string FreePath(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        for (var number = 2; Path.Exists(path); number++)
        {
            path = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(name)}-{number}{Path.GetExtension(name)}");
        }

        return path;
    }
}
