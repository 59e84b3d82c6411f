using System.CommandLine;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen everything</c>: segments everything in images.</summary>
internal static class EverythingCommand
{
    private const string MemoryAdvice = "decode fewer points at once (--points-per-batch) or make the image smaller";

    public static Command Create(Terminal terminal)
    {
        var inputs = new Argument<string[]>("IMAGE|FOLDER|GLOB")
        {
            Description = "Images, folders of images, or patterns such as 'photos/*.jpg'",
            Arity = ArgumentArity.OneOrMore,
        };
        inputs.Validators.Add(ImageArguments.Validate);
        var resume = new Option<bool>("--resume") { Description = "Skip pictures whose files are there already; not with --format coco, which needs every mask" };
        var (model, generation, output, reading) = (new ModelOptions(), new GenerationOptions(), new OutputOptions(), new ImageOptions());
        var command = new Command("everything", "Segments everything in images") { inputs };
        model.AddTo(command);
        output.AddTo(command);
        command.Add(resume);
        reading.AddTo(command);
        generation.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var limits = reading.Limits(parsed);
            var options = generation.Read(parsed) with
            {
                Model = model.Model(parsed, terminal, cancellationToken), Session = model.Session(parsed), CancellationToken = cancellationToken,
            };
            using var files = output.Files(parsed);
            var skipsDone = parsed.GetValue(resume);
            if (skipsDone && output.NeedsEveryMask(parsed))
            {
                throw new ArgumentException("Expected --resume or --format coco, found both: the data set needs the masks of every picture.");
            }

            return Task.FromResult(Run(terminal, parsed.GetValue(inputs)!, options, limits, files, skipsDone));
        });
        return command;
    }

    private static int Run(
        Terminal terminal,
        string[] inputs,
        AutomaticMaskGenerationOptions options,
        ImageLoadOptions limits,
        ResultFiles files,
        bool skipsDone)
    {
        var (done, failures) = (0, 0);
        var images = InputFiles.Expand(inputs, message =>
        {
            terminal.Fail(message);
            failures++;
        });
        if (images.Count == 0)
        {
            return ExitCodes.Failure;
        }

        files.Begin(images, options.Model!.Name);

        // Found before anything is computed, not after hours.
        var present = images.Where(path => Path.Exists(path) || !Fail(path, "file not found.")).ToList();
        using var generator = present.Count > 0 ? Load(terminal, options) : null;
        foreach (var path in present)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            RgbImage? image = null;
            MaskSet masks;
            IReadOnlyList<string> written;
            try
            {
                files.ThrowIfTaken(path);
                if (skipsDone && files.IsDone(path))
                {
                    terminal.Say($"{Path.GetFileName(path)}: done already");
                    done++;
                    continue;
                }

                image = RgbImage.Load(path, limits);
                masks = GenerationProgress.Run(
                    terminal, Path.GetFileName(path), progress => generator!.Generate(image, progress, options.CancellationToken));
                written = files.Write(path, image, options.Model!.Name, masks, arePrompted: false);
            }
            catch (Exception e) when (!IsCancellation(e, options.CancellationToken))
            {
                // The other images go on, whatever this one met with.
                Fail(path, ErrorMessages.Of(path, image?.Size, e, MemoryAdvice));
                continue;
            }

            MaskTable.Write(terminal.Output, path, masks, written);
            done++;
        }

        MaskTable.WriteFiles(terminal.Output, files.Complete());

        if (images.Count > 1)
        {
            terminal.Say($"{done} of {images.Count} images done.");
        }

        return failures == 0 ? ExitCodes.Done : ExitCodes.Failure;

        bool Fail(string path, string problem)
        {
            var message = problem.Contains(path, StringComparison.Ordinal) ? problem : $"{path}: {problem}";
            terminal.Fail(message);
            files.AddFailure(path, message);
            failures++;
            return true;
        }
    }

    private static AutomaticMaskGenerator Load(Terminal terminal, AutomaticMaskGenerationOptions options)
    {
        using var notice = new SlowNotice(terminal, $"loading {options.Model!.Name}");
        return new AutomaticMaskGenerator(options);
    }

    private static bool IsCancellation(Exception e, CancellationToken token) =>
        token.IsCancellationRequested && ErrorMessages.Cause(e) is OperationCanceledException;
}
