using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Prompts;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Inference;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary>A run of <c>maskgen prompt</c>.</summary>
/// <param name="terminal">Receives messages.</param>
/// <param name="report">Receives what was found.</param>
/// <param name="files">Writes the results.</param>
/// <param name="limits">Which images are read.</param>
/// <param name="label">The label of all masks; null for none, or those of the file.</param>
/// <param name="cancellationToken">Ends the run.</param>
internal sealed class PromptRun(
    Terminal terminal,
    ResultReport report,
    ResultFiles files,
    ImageLoadOptions limits,
    string? label,
    CancellationToken cancellationToken)
{
    // Told about between these. A box takes some hundredths of a second.
    private const int PromptsAtOnce = 64;

    private const int NamesSaid = 3;
    private const int PlacesSaid = 10;

    private const string MemoryAdvice = "make the image smaller";

    /// <summary>How the model computes.</summary>
    public required Func<Sam2SessionOptions> Session { get; init; }

    /// <summary>Which model, and a line that says which. May ask.</summary>
    public required Func<(Sam2Model Model, string Line)> Model { get; init; }

    /// <summary>Files that are read beside the images.</summary>
    public required IEnumerable<string> OtherInputs { get; init; }

    /// <summary>What becomes of masks that overlap.</summary>
    public required MaskSelectionOptions Selection { get; init; }

    /// <summary>Segments what is typed in one image.</summary>
    /// <returns>The exit code.</returns>
    public int Typed(InputFile file, ParseResult parsed, PromptOptions prompt)
    {
        RgbImage? loaded = null;
        try
        {
            // What can be wrong is found before the model is loaded.
            var output = prompt.Output(parsed, Selection.Disjoint is not null);
            var reading = limits with { Page = file.Page };
            var input = InputImage.Load(file.Path, reading);
            loaded = input.Image;
            ImageRemarks.Say(file.Path, loaded, terminal.Say, reading, arePagesChosen: file.Name != Path.GetFileName(file.Path));
            prompt.Check(parsed, loaded.Size, terminal.Say);
            var mask = prompt.Mask(parsed, loaded.Size, limits);
            var session = Session();
            var (chosen, line) = Model();
            files.Begin([file], chosen, () => RunSettings.Of(output, Selection, limits, chosen), OtherInputs);
            files.ThrowIfTaken(file);
            terminal.Say(line);
            MaskSet masks;
            using (new SlowNotice(terminal, $"segmenting with {chosen.Name}"))
            {
                using var decoder = new PromptSegmenter(chosen, session, output, mask is not null, terminal, cancellationToken);
                var prompts = prompt.Prompts(parsed, mask, label, decoder.InputSize);
                masks = Select(
                    file.Path,
                    decoder.Segment(loaded, prompts, output, progress: null),
                    [.. prompts.Select((_, index) => $"--box {index + 1}")]);
            }

            report.Done(file.Path, masks, files.Write(file, input, masks));
            report.Completed(files.Complete());
            terminal.SayAll(files.Remarks);
            return ExitCodes.Done;
        }
        catch (Exception e) when (ErrorMessages.Cause(e) is OutOfMemoryException)
        {
            throw new IOException(ErrorMessages.Of(file.Path, loaded?.Size, e), e);
        }
    }

    /// <summary>Segments what files say, in as many images as they name.</summary>
    /// <param name="find">Finds the images.</param>
    /// <param name="boxes">A file of boxes; null for none.</param>
    /// <param name="points">A file of points; null for none.</param>
    /// <param name="output">How many masks for each object.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="InvalidDataException">A file is not what it should be.</exception>
    public int OfFiles(
        Func<Action<string>, IReadOnlyList<InputFile>> find, string? boxes, string? points, MaskOutput output)
    {
        var loop = new ImageLoop(terminal, report, files, limits, MemoryAdvice, cancellationToken);
        ImagePrompts prompts;
        IReadOnlyList<InputFile> given;
        using (new SlowNotice(terminal, "looking for images and for their prompts"))
        {
            given = find(loop.Fail);
            if (given.Count == 0)
            {
                return ExitCodes.Failure;
            }

            PromptFile[] read =
            [
                .. boxes is null ? [] : new[] { PromptFile.ReadBoxes(boxes) },
                .. points is null ? [] : new[] { PromptFile.ReadPoints(points) },
            ];
            prompts = ImagePrompts.Of(read, given, terminal.Say);
        }

        List<InputFile> images = [.. given.Where(prompts.Has)];
        SayWithout([.. given.Where(image => !prompts.Has(image))], string.Join(" and ", new[] { boxes, points }.OfType<string>()));
        if (images.Count == 0)
        {
            loop.Fail("Expected boxes or points for at least one image, found none; nothing was done.");
            return ExitCodes.Failure;
        }

        var session = Session();
        var (chosen, line) = Model();
        files.Begin(images, chosen, () => RunSettings.Of(output, Selection, limits, chosen), OtherInputs);
        var present = loop.Present(images);
        if (present.Count > 0)
        {
            terminal.Say(line);
            using var decoder = Load(chosen, session, output);
            loop.Run(present, skipsDone: false, Segment, (_, _) => { });

            MaskSet Segment(InputFile file, RgbImage image)
            {
                var asked = prompts.For(file, image.Size, label);
                var masks = GenerationProgress.Run(
                    terminal, file.Name, "prompts", progress => decoder.Segment(image, asked, output, progress));
                return Select(file.Name, masks, prompts.PlacesOf(file));
            }
        }

        return loop.Complete(images.Count);
    }

    private PromptSegmenter Load(Sam2Model model, Sam2SessionOptions session, MaskOutput output)
    {
        using var notice = new SlowNotice(terminal, $"loading {model.Name}");
        return new PromptSegmenter(model, session, output, hasMasks: false, terminal, cancellationToken);
    }

    // Who has asked for an object is told that it is not among the results, and by whose wish.
    private MaskSet Select(string image, MaskSet masks, IReadOnlyList<string> places)
    {
        var kept = Selection.Apply(masks, out var discarded);
        var perPrompt = Math.Max(1, masks.Count / places.Count);
        List<string> gone =
        [
            .. discarded.CountBy(index => index / perPrompt).Where(prompt => prompt.Value == perPrompt)
                .OrderBy(prompt => prompt.Key).Select(prompt => places[prompt.Key]),
        ];
        if (gone.Count > 0)
        {
            var options = string.Join(
                " and ",
                new[] { Selection.NmsThreshold is null ? null : "--mask-nms", Selection.Disjoint is null ? null : "--disjoint" }
                    .OfType<string>());
            terminal.Say(
                $"{image}: {options} left nothing of {gone.Count} of {places.Count} objects "
                + $"({string.Join("; ", gone.Take(PlacesSaid))}{(gone.Count > PlacesSaid ? "; ..." : string.Empty)}).");
        }

        return kept;
    }

    private void SayWithout(List<InputFile> images, string promptFiles)
    {
        if (images.Count > 0)
        {
            var some = string.Join(", ", images.Take(NamesSaid).Select(image => image.Name));
            terminal.Say(
                $"{Counted.Of(images.Count, "image has", "images have")} no rows in {promptFiles}, left out "
                + $"({some}{(images.Count > NamesSaid ? ", ..." : string.Empty)}).");
        }
    }

    /// <summary>A model, as encoder and decoder.</summary>
    private sealed class PromptSegmenter : IDisposable
    {
        private readonly Sam2ImageEncoder _encoder;
        private readonly Sam2PromptDecoder _decoder;
        private readonly CancellationToken _cancellationToken;

        /// <exception cref="NotSupportedException">The model is an ONNX export that does not give such masks, or takes no earlier
        /// ones.</exception>
        public PromptSegmenter(
            Sam2Model model,
            Sam2SessionOptions session,
            MaskOutput output,
            bool hasMasks,
            Terminal terminal,
            CancellationToken cancellationToken)
        {
            _cancellationToken = cancellationToken;
            (_encoder, _decoder) = EncoderAndDecoder.CreateAsync(model, session, new DownloadProgress(terminal), cancellationToken)
                .GetAwaiter().GetResult();
            try
            {
                // Before the first of many images is encoded.
                _decoder.ThrowIfUnsupported(output, hasMasks);
            }
            catch
            {
                Dispose();
                throw;
            }

            terminal.Say(ModelOptions.Describe(_encoder.Device));
        }

        public int InputSize => _encoder.InputSize;

        public MaskSet Segment(
            RgbImage image, IReadOnlyList<Sam2Prompt> prompts, MaskOutput output, IProgress<MaskGenerationProgress>? progress)
        {
            var encoded = _encoder.Encode(image, _cancellationToken);
            var masks = new List<MaskRecord>();
            try
            {
                var done = 0;
                foreach (var portion in prompts.Chunk(PromptsAtOnce))
                {
                    masks.AddRange(BestFirst(
                        _decoder.Segment(encoded, portion, output, cancellationToken: _cancellationToken), portion.Length));
                    done += portion.Length;
                    progress?.Report(new MaskGenerationProgress
                    {
                        CropCount = 1, PromptsDone = done, PromptCount = prompts.Count, MasksKept = masks.Count,
                    });
                }

                return new MaskSet(image.Size, masks);
            }
            catch (ArgumentException e) when (e.ParamName == nameof(prompts))
            {
                // The library counts prompts, which nobody has typed.
                throw new ArgumentException($"--point, --box or --mask: {Terminal.Message(e)}", e);
            }
        }

        public void Dispose()
        {
            _decoder.Dispose();
            _encoder.Dispose();
        }

        // The model orders the candidates of a prompt by what they are (object, part, more), and the best may be any of them.
        private static IEnumerable<MaskRecord> BestFirst(MaskSet masks, int promptCount) =>
            masks.Chunk(Math.Max(1, masks.Count / promptCount))
                .SelectMany(candidates => candidates.OrderByDescending(mask => mask.PredictedIou));
    }
}
