using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Web;

/// <summary>Writes what was drawn in the formats of other tools, by the writers of the command line.</summary>
internal sealed class ExportWriter(
    MaskGenWebOptions options, AnnotationStore store, PixelSource pixels, ServedModel model)
{
    /// <summary>Name of the folder of exports below that of the results.</summary>
    public const string FolderName = "export";

    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>Writes an export.</summary>
    /// <param name="choice">What.</param>
    /// <param name="folder">Where to; made if need be.</param>
    /// <param name="cancellationToken">Ends the work between two images.</param>
    /// <returns>The files below the folder, with slashes; and what formats could not carry.</returns>
    /// <exception cref="WebProblem">No chosen image has annotations.</exception>
    /// <exception cref="IOException">A file cannot be written, or was not written by an export.</exception>
    public async Task<(IReadOnlyList<string> Files, IReadOnlyList<string> Remarks)> WriteAsync(
        ExportChoice choice, string folder, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        var writers = new List<ResultWriter>();
        try
        {
            var images = new List<(ServedImage Image, AnnotationDocument Document)>();
            foreach (var image in choice.Images)
            {
                if (await store.SavedAsync(image, cancellationToken).ConfigureAwait(false) is { } document)
                {
                    images.Add((image, document));
                }
            }

            if (images.Count == 0)
            {
                throw WebProblem.Bad("Expected images with saved annotations, found none.");
            }

            ThrowIfTwins(images, choice.Formats);
            var files = images.ToDictionary(one => one.Image.Name, one => one.Image.File(), StringComparer.Ordinal);
            var names = new ResultNames(folder, ResultOrigin.Convert);
            Directory.CreateDirectory(folder);
            OrphanedFiles.Sweep(folder);
            var run = new ResultRun
            {
                Names = names,
                ImageCount = images.Count,
                Title = options.Title,
                Overlay = new MaskOverlayOptions(),
                Options = choice.Options,
                FileOf = name => files[name],
                Failures = [],
                MasksBefore = Array.Empty<(string Stem, int Number)>().ToLookup(one => one.Stem, one => one.Number),
                ThrowUnlessReplaceable = (path, kind, image) =>
                    ThrowUnlessReplaceable(path, kind, image is null ? null : files.GetValueOrDefault(image)),
            };
            writers.AddRange(choice.Formats.Select(format => format.Begin(run)));
            var written = new List<string>();
            foreach (var (image, document) in images)
            {
                cancellationToken.ThrowIfCancellationRequested();
                written.AddRange(await WriteAsync(image, document, choice, names, writers, cancellationToken).ConfigureAwait(false));
            }

            written.AddRange(Enumerable.Reverse(writers).Select(writer => writer.Complete()).OfType<string>());
            List<string> remarks = [.. writers.SelectMany(writer => writer.Remarks), .. Losses(choice.Formats)];
            return ([.. FilesBelow(folder, written)], remarks);
        }
        finally
        {
            writers.ForEach(writer => writer.Dispose());
            _gate.Release();
        }
    }

    // Results are named after the image without its extension.
    private static void ThrowIfTwins(
        IEnumerable<(ServedImage Image, AnnotationDocument)> images, IReadOnlyList<ResultFormat> formats)
    {
        if (formats.All(format => format.FilesOfImage.Count == 0))
        {
            return;
        }

        var twins = images.GroupBy(one => ResultNames.StemOf(one.Image.Name), StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1);
        if (twins is not null)
        {
            var names = string.Join(" and ", twins.Select(one => one.Image.Name));
            throw WebProblem.Bad(
                $"Expected images that differ in more than their extension, found {names}: "
                + "their results would have one name. Export them one after the other.");
        }
    }

    private static IEnumerable<string> Losses(IEnumerable<ResultFormat> formats) =>
        from format in formats
        let losses = FormatLosses.Of(format.Name)
        where losses.Count > 0
        select $"{format.Name} loses: {string.Join("; ", losses)}";

    // Formats name the file that stands for many.
    private static IEnumerable<string> FilesBelow(string folder, List<string> written)
    {
        var since = written.Where(File.Exists).Select(File.GetLastWriteTimeUtc).DefaultIfEmpty(DateTime.UtcNow).Min();
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => written.Contains(file) || File.GetLastWriteTimeUtc(file) >= since.AddMinutes(-1))
            .Select(file => ResultRun.Way(folder, file))
            .Order(StringComparer.Ordinal);
    }

    private static void ThrowUnlessReplaceable(string path, ResultKind kind, string? image)
    {
        if (kind.IsCopyOfImage && image is not null && YoloImages.AreEqual(path, image))
        {
            return;
        }

        if (Directory.Exists(path) || new FileInfo(path).LinkTarget is not null
            || (File.Exists(path) && ResultFile.Inspect(path, kind).Owner == ResultFileOwner.Other))
        {
            throw new IOException($"{Path.GetFileName(path)} was not written by maskgen, or was changed since; it is not written over.");
        }
    }

    private async Task<IReadOnlyList<string>> WriteAsync(
        ServedImage image,
        AnnotationDocument document,
        ExportChoice choice,
        ResultNames names,
        List<ResultWriter> writers,
        CancellationToken cancellationToken)
    {
        var masks = AnnotationJson.Masks(document);
        var needed = choice.Formats.Any(format => format.NeedsImage);
        var image1 = needed ? await pixels.GetAsync(image, isUrgent: true, cancellationToken).ConfigureAwait(false) : null;
        var fingerprint = model.Loaded?.Fingerprint ?? string.Empty;
        var origin = new ResultOrigin(
            ResultOrigin.Convert, image.Name, image.Sha256(), document.Model ?? model.Name, fingerprint, new ResultSettings("{}"));
        return await Task.Run(
            () =>
            {
                foreach (var inner in names.FoldersOf(image.Name, choice.Formats))
                {
                    Directory.CreateDirectory(names.PathOf(inner));
                }

                var result = new ResultImage(image.Name, image1, masks, origin);
                List<string> written = [.. writers.SelectMany(writer => writer.Write(result)).Distinct()];
                writers.ForEach(writer => writer.Add(image.Name, masks));
                return written;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
