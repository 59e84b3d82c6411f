using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary>Writes masks that come from files in other formats. Not safe for concurrent use.</summary>
/// <param name="terminal">Receives messages.</param>
/// <param name="report">Says what was written.</param>
internal sealed class Conversion(Terminal terminal, ResultReport report)
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private int _failures;

    /// <summary>Folder of the images; null for that of each file.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>What becomes of masks that overlap.</summary>
    public MaskSelectionOptions Selection { get; init; } = new();

    /// <summary>Name of an image as files about several carry it: as the file has it that it comes from.</summary>
    public string NameOf(string image) => _names.GetValueOrDefault(image) ?? Path.GetFileName(image);

    /// <summary>Reads files and writes results.</summary>
    /// <param name="arguments">Files, folders or patterns.</param>
    /// <param name="files">Where results go; it names images by <see cref="NameOf"/>.</param>
    /// <param name="mode">The command.</param>
    /// <param name="limits">Which images are read.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <returns>What was written, and the exit code.</returns>
    /// <exception cref="ArgumentException">A file would be lost.</exception>
    /// <exception cref="IOException">Results cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public (IReadOnlyList<string> Written, int ExitCode) Run(
        IReadOnlyList<string> arguments, ResultFiles files, string mode, ImageLoadOptions limits, CancellationToken cancellationToken)
    {
        var inputs = RecordFiles.Expand(arguments, Fail);

        // Twice, for the names first: no more than one file is in memory at a time.
        var known = inputs.Select(file => (file, Images: Read(file).Select(source => (source.Name, Path: Find(source))).ToList())).ToList();
        foreach (var (name, path) in known.SelectMany(file => file.Images))
        {
            _names.TryAdd(path, name);
        }

        var images = known.SelectMany(file => file.Images).Select(image => image.Path).ToList();
        if (images.Count == 0)
        {
            if (_failures == 0)
            {
                Fail("Expected images with masks, found none.");
            }

            return ([], ExitCodes.Failure);
        }

        MaskSource? current = null;
        files.Begin(images, (image, sha256) => Origin(current!, image, sha256, mode), inputs);
        var written = new List<string>();
        foreach (var (file, _) in known.Where(file => file.Images.Count > 0))
        {
            foreach (var source in Read(file))
            {
                cancellationToken.ThrowIfCancellationRequested();
                current = source;
                var path = Find(source);
                try
                {
                    written.AddRange(Write(source, path, files, limits));
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    var message = ErrorMessages.Of(path, size: null, e);
                    message = message.Contains(path, StringComparison.Ordinal) ? message : $"{path}: {message}";
                    report.Failed(path, message);
                    files.AddFailure(path, message);
                    _failures++;
                    if (files.IsLost)
                    {
                        return (written, ExitCodes.Failure);
                    }
                }
            }
        }

        var aboutAll = files.Complete();
        report.Completed(aboutAll);
        terminal.SayAll(files.Remarks);
        return ([.. written, .. aboutAll], _failures == 0 ? ExitCodes.Done : ExitCodes.Failure);
    }

    private IReadOnlyList<string> Write(MaskSource source, string path, ResultFiles files, ImageLoadOptions limits)
    {
        files.ThrowIfTaken(path);
        var masks = Selection.Apply(source.Masks);
        if (files.NeedsImages && !File.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path}: expected the image, which a chosen format shows, found none; --images names its folder.", path);
        }

        // The hash of what lies there now, not of what the masks were once made from.
        var input = files.NeedsImages ? InputImage.Load(path, limits) : null;
        var sha256 = input?.Sha256 ?? (File.Exists(path) ? InputImage.HashOf(path) : source.Stamp?.ImageSha256);
        var written = files.Write(path, input?.Image, sha256, masks);
        report.Done(path, masks, written);
        return written;
    }

    private ResultOrigin Origin(MaskSource source, string image, string? sha256, string mode) => new(
        mode,
        Path.GetFileName(image),
        sha256,
        source.Model ?? "unknown",
        source.Stamp?.ModelFingerprint ?? string.Empty,
        RunSettings.OfFile(source.File, Selection));

    // In the folder of images by its name with folders or without; a name that leads out of it, or is a path by itself, is one without.
    private string Find(MaskSource source)
    {
        var folder = ImageFolder ?? Path.GetDirectoryName(source.File) ?? string.Empty;
        var name = Path.GetFileName(source.Name);
        return !Path.IsPathRooted(source.Name) && Path.Combine(folder, source.Name) is var full && (File.Exists(full) || name.Length == 0)
            ? full
            : Path.Combine(folder, name);
    }

    private IReadOnlyList<MaskSource> Read(string file)
    {
        try
        {
            return MaskSource.Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Fail(ErrorMessages.Of(file, size: null, e));
            return [];
        }
    }

    private void Fail(string message)
    {
        terminal.Fail(message);
        _failures++;
    }
}
