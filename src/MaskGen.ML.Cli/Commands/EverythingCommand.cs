using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen everything</c>: segments everything in images.</summary>
internal static class EverythingCommand
{
    // Fewer than this in a whole image is next to nothing.
    private const int FewMasks = 3;

    private const string MemoryAdvice = "decode fewer points at once (--points-per-batch) or make the image smaller";

    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var inputs = new Argument<string[]>("IMAGE|FOLDER|GLOB")
        {
            Description = "Images, folders of images, or patterns such as 'photos/*.jpg'",
            Arity = ArgumentArity.OneOrMore,
        };
        inputs.Validators.Add(ImageArguments.Validate);
        var resume = new Option<bool>("--resume")
        {
            Description = "Skip images that an earlier run has done: same content, model and options, every file whole",
        };
        var (model, generation, output) = (new ModelOptions(environment), new GenerationOptions(), new OutputOptions());
        var (reading, reporting, overlap) = (new ImageOptions(), new ReportOptions(), new OverlapOptions());
        var command = new Command("everything", "Segments everything in images") { inputs };
        model.AddTo(command);
        output.AddTo(command);
        command.Add(resume);
        reporting.AddTo(command);
        reading.AddTo(command);
        generation.AddTo(command);
        overlap.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var report = reporting.Report(parsed, terminal);
            var limits = reading.Limits(parsed);
            var selection = overlap.Read(parsed);
            var options = generation.Read(parsed) with { Session = model.Session(parsed) };
            using var files = output.Files(parsed, ResultOrigin.Everything);
            var skipsDone = parsed.GetValue(resume);
            if (skipsDone)
            {
                output.ThrowUnlessResumable(parsed);
            }

            var (chosen, line) = model.Model(parsed, terminal);
            options = options with { Model = chosen };
            return Task.FromResult(
                Run(terminal, report, parsed.GetValue(inputs)!, options, selection, line, limits, files, skipsDone, cancellationToken));
        });
        return command;
    }

    private static int Run(
        Terminal terminal,
        ResultReport report,
        string[] inputs,
        AutomaticMaskGenerationOptions options,
        MaskSelectionOptions selection,
        string modelLine,
        ImageLoadOptions limits,
        ResultFiles files,
        bool skipsDone,
        CancellationToken cancellationToken)
    {
        var (done, failures) = (0, 0);
        var images = InputFiles.Expand(
            inputs,
            message =>
            {
                terminal.Fail(message);
                failures++;
            },
            terminal.Say);
        if (images.Count == 0)
        {
            return ExitCodes.Failure;
        }

        files.Begin(images, options.Model!, () => RunSettings.Of(options, selection));

        // Found before anything is computed, not after hours.
        var present = images.Where(path => Path.Exists(path) || !Fail(path, "file not found.")).ToList();
        using var generator = present.Count > 0 ? Load(terminal, options, modelLine, cancellationToken) : null;
        foreach (var path in present)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RgbImage? image = null;
            MaskSet masks;
            IReadOnlyList<string> written;
            try
            {
                if (skipsDone && files.IsDone(path))
                {
                    report.DoneBefore(path);
                    done++;
                    continue;
                }

                files.ThrowIfTaken(path);
                var input = InputImage.Load(path, limits);
                image = input.Image;
                ImageRemarks.Say(path, image, terminal.Say);
                masks = selection.Apply(GenerationProgress.Run(
                    terminal, Path.GetFileName(path), progress => generator!.Generate(image, progress, cancellationToken)));
                written = files.Write(input, masks);
            }
            catch (Exception e) when (!IsCancellation(e, cancellationToken))
            {
                // The other images go on, whatever this one met with.
                Fail(path, ErrorMessages.Of(path, image?.Size, e, MemoryAdvice));
                if (files.IsLost)
                {
                    terminal.Fail(
                        "Nothing can be written to the folder of the results any more: the images after this one were not segmented.");
                    break;
                }

                continue;
            }

            report.Done(path, masks, written);
            Advise(terminal, path, masks, options.Model!);
            done++;
        }

        report.Completed(files.Complete());
        terminal.SayAll(files.Remarks);

        if (images.Count > 1)
        {
            terminal.Say($"{done} of {images.Count} images done.");
        }

        return failures == 0 ? ExitCodes.Done : ExitCodes.Failure;

        bool Fail(string path, string problem)
        {
            var message = problem.Contains(path, StringComparison.Ordinal) ? problem : $"{path}: {problem}";
            report.Failed(path, message);
            files.AddFailure(path, message);
            failures++;
            return true;
        }
    }

    private static AutomaticMaskGenerator Load(
        Terminal terminal, AutomaticMaskGenerationOptions options, string modelLine, CancellationToken cancellationToken)
    {
        terminal.Say(modelLine);
        using var notice = new SlowNotice(terminal, $"loading {options.Model!.Name}");
        return AutomaticMaskGenerator.CreateAsync(options, new DownloadProgress(terminal), cancellationToken).GetAwaiter().GetResult();
    }

    // Nothing found is seldom what was wanted, and what to do about it is known.
    private static void Advise(Terminal terminal, string image, MaskSet masks, Sam2Model model)
    {
        if (masks.Count >= FewMasks)
        {
            return;
        }

        var found = masks.Count == 0 ? "no masks" : masks.Count == 1 ? "one mask" : $"{masks.Count} masks";
        terminal.Say(
            ModelOptions.IsEmbedded(model)
                ? $"{Path.GetFileName(image)}: {found}. The embedded model is a demonstration; photos need a larger one, such as "
                    + "--model tiny."
                : $"{Path.GetFileName(image)}: {found}. Lower --pred-iou-thresh or --stability-score-thresh to keep more.");
    }

    private static bool IsCancellation(Exception e, CancellationToken token) =>
        token.IsCancellationRequested && ErrorMessages.Cause(e) is OperationCanceledException;
}
