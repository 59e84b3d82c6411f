using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary>Segments the images of a run one after the other. One that fails is named, and the others go on.</summary>
/// <param name="terminal">Receives messages.</param>
/// <param name="report">Receives what was found.</param>
/// <param name="files">Writes the results.</param>
/// <param name="limits">Which images are read.</param>
/// <param name="memoryAdvice">What to do where memory was not enough.</param>
/// <param name="cancellationToken">Ends the run.</param>
internal sealed class ImageLoop(
    Terminal terminal,
    ResultReport report,
    ResultFiles files,
    ImageLoadOptions limits,
    string memoryAdvice,
    CancellationToken cancellationToken)
{
    private int _failures;
    private int _done;
    private (InputFile File, Task<InputImage> Image)? _ahead;

    /// <summary>Segments an image by tiles, and gives a smaller version of it; null where images are read as a whole.</summary>
    public Func<InputFile, ImageLoadOptions, (MaskSet Masks, RgbImage Overview)>? SegmentTiles { get; set; }

    /// <summary>Whether images were asked for by their pages.</summary>
    public bool ArePagesChosen { get; init; }

    /// <summary>Says that something failed that is no image.</summary>
    public void Fail(string message)
    {
        terminal.Fail(message);
        _failures++;
    }

    /// <summary>The images that are there; the others are failures, found before anything is computed and not after hours.</summary>
    public IReadOnlyList<InputFile> Present(IReadOnlyList<InputFile> images) =>
        [.. images.Where(file => Path.Exists(file.Path) || !Fail(
            file, ErrorMessages.IsNameLost(file.Path) ? ErrorMessages.NameLost : ErrorMessages.NotFound))];

    /// <summary>Begins to read the image that <see cref="Run"/> will segment first, while something else takes time: loading the
    /// model.</summary>
    public void ReadAhead(InputFile file) => _ahead = (file, Task.Run(() => InputImage.Load(file.Path, Reading(file)), cancellationToken));

    /// <summary>Segments images.</summary>
    /// <param name="images">The images.</param>
    /// <param name="skipsDone">Whether to leave out those that an earlier run has done.</param>
    /// <param name="segment">Gives the masks of an image.</param>
    /// <param name="whenDone">Called with the masks when their files are written.</param>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public void Run(
        IReadOnlyList<InputFile> images,
        bool skipsDone,
        Func<InputFile, RgbImage, MaskSet> segment,
        Action<InputFile, MaskSet> whenDone)
    {
        foreach (var file in images)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryRun(file, skipsDone, segment, whenDone) && files.IsLost)
            {
                terminal.Fail(
                    "Nothing can be written to the folder of the results any more: the images after this one were not segmented.");
                break;
            }
        }
    }

    /// <summary>Writes what is about all images, and says how many are done.</summary>
    /// <param name="count">Number of images of the run.</param>
    /// <returns>The exit code.</returns>
    public int Complete(int count)
    {
        report.Completed(files.Complete());
        terminal.SayAll(files.Remarks);
        if (count > 1)
        {
            terminal.Say($"{_done} of {count} images done.");
        }

        return _failures == 0 ? ExitCodes.Done : ExitCodes.Failure;
    }

    private bool TryRun(
        InputFile file, bool skipsDone, Func<InputFile, RgbImage, MaskSet> segment, Action<InputFile, MaskSet> whenDone)
    {
        RgbImage? image = null;
        MaskSet masks;
        IReadOnlyList<string> written;
        try
        {
            if (skipsDone && files.IsDone(file))
            {
                report.DoneBefore(file.Path, file.Name);
                _done++;
                return true;
            }

            files.ThrowIfTaken(file);
            if (SegmentTiles is not null)
            {
                var ((found, overview), sha256) = InputImage.Unchanged(file.Path, () => SegmentTiles(file, Reading(file)));
                masks = found;
                ImageRemarks.Say(file.Path, overview, terminal.Say, Reading(file), ArePagesChosen);
                written = files.Write(file, overview, sha256, masks);
            }
            else
            {
                var input = Read(file);
                image = input.Image;
                ImageRemarks.Say(file.Path, image, terminal.Say, Reading(file), ArePagesChosen);
                masks = segment(file, image);
                written = files.Write(file, input, masks);
            }
        }
        catch (Exception e) when (!IsCancellation(e))
        {
            // The other images go on, whatever this one met with.
            Fail(file, ErrorMessages.Of(file.Path, image?.Size, e, memoryAdvice));
            return false;
        }

        report.Done(file.Path, masks, written);
        whenDone(file, masks);
        _done++;
        return true;
    }

    private InputImage Read(InputFile file)
    {
        var ahead = _ahead;
        _ahead = null;
        return ahead is { } read && read.File == file ? read.Image.GetAwaiter().GetResult() : InputImage.Load(file.Path, Reading(file));
    }

    private ImageLoadOptions Reading(InputFile file) => limits with { Page = file.Page };

    private bool Fail(InputFile file, string problem)
    {
        var message = problem.Contains(file.Path, StringComparison.Ordinal) ? problem : $"{file.Path}: {problem}";
        report.Failed(file.Path, message);
        files.AddFailure(file, message);
        _failures++;
        return true;
    }

    private bool IsCancellation(Exception e) =>
        cancellationToken.IsCancellationRequested && ErrorMessages.Cause(e) is OperationCanceledException;
}
