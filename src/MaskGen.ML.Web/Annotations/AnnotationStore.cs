using System.Collections.Concurrent;
using System.Security.Cryptography;
using MaskGen.ML.Files;
using MaskGen.ML.Results;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>Keeps what persons draw, a file per image that no command but <c>serve</c> writes: <c>IMAGE.annotations.json</c> in the
/// folder of the results. A file is written whole or not at all, and never over one that somebody else has changed.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class AnnotationStore(
    MaskGenWebOptions options, ImageCatalog catalog, ImageEvents events, WebMeter meter, ILogger<AnnotationStore> logger)
{
    /// <summary>What the file of an image ends with.</summary>
    public const string Ending = ".annotations.json";

    private const int TagDigits = 32;
    private const int MostBytes = 1 << 28;
    private const string Nothing = "\"none\"";

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _locks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (FileVersion Version, AnnotationSummary Summary)> _summaries =
        new(StringComparer.Ordinal);

    private ResultNames Names => field ??= new ResultNames(options.OutputFolder, ResultOrigin.Everything);

    /// <summary>The annotations of an image: those that were saved, else what <c>maskgen everything</c> has found.</summary>
    /// <returns>The document as JSON, and its tag.</returns>
    /// <exception cref="WebProblem">There is a file, and it is none of annotations.</exception>
    public async Task<(byte[] Json, string Tag)> ReadAsync(ServedImage image, CancellationToken cancellationToken)
    {
        var size = image.Size(catalog.Limits);
        var path = PathOf(image);
        if (await TryReadAsync(path, cancellationToken).ConfigureAwait(false) is { } saved)
        {
            return (AnnotationJson.Write(Parse(saved, path, size)), TagOf(saved));
        }

        var first = First(image, size);
        return (AnnotationJson.Write(first), Nothing);
    }

    /// <summary>The saved annotations of an image; null where nothing was saved.</summary>
    /// <exception cref="WebProblem">There is a file, and it is none of annotations.</exception>
    public async Task<AnnotationDocument?> SavedAsync(ServedImage image, CancellationToken cancellationToken)
    {
        var path = PathOf(image);
        return await TryReadAsync(path, cancellationToken).ConfigureAwait(false) is { } saved
            ? Parse(saved, path, image.Size(catalog.Limits))
            : null;
    }

    /// <summary>Saves the annotations of an image, unless they have changed since.</summary>
    /// <param name="image">The image.</param>
    /// <param name="json">The document.</param>
    /// <param name="tag">The tag of what the client has read.</param>
    /// <param name="cancellationToken">Ends the wait; not the writing.</param>
    /// <returns>The new tag.</returns>
    /// <exception cref="WebProblem">They have changed, or are no annotations.</exception>
    /// <exception cref="IOException">They cannot be written.</exception>
    public async Task<string> WriteAsync(ServedImage image, ReadOnlyMemory<byte> json, string tag, CancellationToken cancellationToken)
    {
        AnnotationDocument document;
        try
        {
            document = AnnotationJson.Checked(AnnotationJson.Read(json.Span, "The body"), image.Size(catalog.Limits));
        }
        catch (InvalidDataException e)
        {
            throw WebProblem.Bad(e.Message);
        }

        document = document with
        {
            Format = AnnotationDocument.FormatName,
            Version = AnnotationDocument.CurrentVersion,
            Image = image.Name,
        };
        var bytes = AnnotationJson.Write(document);
        var gate = _locks.GetOrAdd(image.Id, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var path = PathOf(image);
            var before = await TryReadAsync(path, cancellationToken).ConfigureAwait(false);
            var current = before is null ? Nothing : TagOf(before);
            if (current != tag)
            {
                meter.Conflicts.Add(1);
                throw WebProblem.Conflict($"The annotations of {image.Name} were changed elsewhere since they were read.", current);
            }

            // Not one that happens to have the name.
            if (before is not null)
            {
                Parse(before, path, image.Size(catalog.Limits));
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            AtomicFile.Write(path, stream => stream.Write(bytes));
        }
        finally
        {
            gate.Release();
        }

        meter.Saves.Add(1);
        logger.Saved(document.Objects?.Count ?? 0, image.Name);
        events.Changed(image);
        return TagOf(bytes);
    }

    /// <summary>What a list of images says of the annotations of one.</summary>
    public AnnotationSummary Summarize(ServedImage image)
    {
        var path = PathOf(image);
        try
        {
            if (!File.Exists(path))
            {
                return AnnotationSummary.New;
            }

            var version = FileVersion.Of(path);
            if (_summaries.TryGetValue(image.Id, out var known) && known.Version == version)
            {
                return known.Summary;
            }

            var bytes = BoundedRead(path);
            var document = AnnotationJson.Read(bytes, path);
            var labels = (document.Labels ?? []).Concat((document.Objects ?? []).Select(one => one.Label).OfType<string>()).Distinct();
            var summary = new AnnotationSummary(document.State ?? "edited", document.Objects?.Count ?? 0, TagOf(bytes), [.. labels]);
            _summaries[image.Id] = (version, summary);
            return summary;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // Whoever opens the image is told.
            return AnnotationSummary.New;
        }
    }

    /// <summary>The file of an image. Of two images that differ in their extension alone, the one whose annotations lie under the common
    /// name has it, and the other keeps its extension.</summary>
    public string PathOf(ServedImage image)
    {
        var common = Names.PathOf(ResultNames.StemOf(image.Name) + Ending);
        var own = Names.PathOf(image.Name + Ending);
        if (File.Exists(own))
        {
            return own;
        }

        var twins = catalog.All.Where(one => ResultNames.StemOf(one.Name) == ResultNames.StemOf(image.Name)).ToList();
        return twins.Count <= 1 || (File.Exists(common) ? ImageOf(common) == image.Name : twins[0] == image) ? common : own;
    }

    private static string TagOf(byte[] bytes) => $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..TagDigits]}\"";

    private static string? ImageOf(string path)
    {
        try
        {
            return AnnotationJson.Read(BoundedRead(path), path).Image;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    private static byte[] BoundedRead(string path) => BoundedInput.ReadFile(path, MostBytes).ToArray();

    private static async Task<byte[]?> TryReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return File.Exists(path) ? await Task.Run(() => BoundedRead(path), cancellationToken).ConfigureAwait(false) : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static AnnotationDocument Parse(byte[] bytes, string path, ImageSize size)
    {
        try
        {
            return AnnotationJson.Checked(AnnotationJson.Read(bytes, Path.GetFileName(path)), size);
        }
        catch (InvalidDataException e)
        {
            throw WebProblem.Unreadable($"{e.Message} Move {Path.GetFileName(path)} away to begin anew.");
        }
    }

    private AnnotationDocument First(ServedImage image, ImageSize size)
    {
        var objects = Found(image, size);
        return new AnnotationDocument
        {
            Format = AnnotationDocument.FormatName,
            Version = AnnotationDocument.CurrentVersion,
            Image = image.Name,
            Width = size.Width,
            Height = size.Height,
            State = "edited",
            Labels = [.. objects.Select(one => one.Label).OfType<string>().Distinct()],
            Objects = objects,
            FromFile = objects.Count > 0 ? true : null,
        };
    }

    private IReadOnlyList<AnnotatedObject> Found(ServedImage image, ImageSize size)
    {
        var path = Names.PathOf(ResultNames.StemOf(image.Name) + ".masks.json");
        try
        {
            var file = File.Exists(path) ? MasksJson.Load(path) : null;

            // Of an image of the same name, which may be another.
            return file is not null && file.Masks.ImageSize == size && ResultNames.StemOf(file.ImageName) == ResultNames.StemOf(image.Name)
                ? AnnotationJson.Objects(file.Masks, "everything")
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return [];
        }
    }

    /// <summary>What is known of annotations without their masks.</summary>
    internal sealed record AnnotationSummary(string State, int Objects, string Tag, IReadOnlyList<string> Labels)
    {
        public static AnnotationSummary New { get; } = new("new", 0, Nothing, []);
    }
}
