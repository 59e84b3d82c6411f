using System.CommandLine;
using System.CommandLine.Parsing;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen everything</c>: segments everything in pictures.</summary>
internal static class EverythingCommand
{
    public static Command Create(Terminal terminal)
    {
        var inputs = new Argument<string[]>("IMAGE|FOLDER|GLOB") { Description = "Pictures, folders of pictures, or patterns such as 'photos/*.jpg'", Arity = ArgumentArity.OneOrMore };
        inputs.Validators.Add(RefuseOptions);
        var resume = new Option<bool>("--resume")
        {
            Description = "Skip images that an earlier run has done: same content, model and options, every file whole",
        };
        var (model, generation, output) = (new ModelOptions(), new GenerationOptions(), new OutputOptions());
        var command = new Command("everything", "Segments everything in pictures") { inputs };
        model.AddTo(command);
        output.AddTo(command);
        command.Add(resume);
        generation.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = generation.Read(parsed) with
            {
                Model = model.Model(parsed, terminal, cancellationToken), Session = model.Session(parsed), CancellationToken = cancellationToken,
            };
            using var files = output.Files(parsed, ResultOrigin.Everything);
            var skipsDone = parsed.GetValue(resume);
            if (skipsDone)
            {
                output.ThrowUnlessResumable(parsed);
            }

            return Task.FromResult(Run(terminal, parsed.GetValue(inputs)!, options, files, skipsDone));
        });
        return command;
    }

    // Any number of pictures may follow, so that a misspelt option would be taken for one.
    private static void RefuseOptions(ArgumentResult argument)
    {
        foreach (var token in argument.Tokens.Where(token => token.Value.StartsWith("--", StringComparison.Ordinal) && !Path.Exists(token.Value)))
        {
            argument.AddError($"Unrecognized option '{token.Value}'.");
        }
    }

    private static int Run(
        Terminal terminal, string[] inputs, AutomaticMaskGenerationOptions options, ResultFiles files, bool skipsDone)
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

        files.Begin(images, options.Model!, () => RunSettings.Of(options));
        using var pipeline = new PicturePipeline(options);
        foreach (var path in images)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            MaskSet masks;
            IReadOnlyList<string> written;
            try
            {
                if (skipsDone && files.IsDone(path))
                {
                    terminal.Say($"{Path.GetFileName(path)}: done already");
                    done++;
                    continue;
                }

                files.ThrowIfTaken(path);
                var input = InputImage.Load(path);
                masks = GenerationProgress.Run(
                    terminal, Path.GetFileName(path), progress => pipeline.Segment(input.Image, path, progress));
                written = files.Write(input, masks);
            }
            catch (Exception e) when (Terminal.IsExpected(e))
            {
                // The other pictures are not to blame.
                terminal.Fail(Terminal.Message(e));
                files.AddFailure(path, Terminal.Message(e));
                failures++;
                if (files.IsLost)
                {
                    terminal.Fail(
                        "Nothing can be written to the folder of the results any more: the images after this one were not segmented.");
                    break;
                }

                continue;
            }

            MaskTable.Write(terminal.Output, path, masks, written);
            done++;
        }

        MaskTable.WriteFiles(terminal.Output, files.Complete());

        if (images.Count > 1)
        {
            terminal.Say($"{done} of {images.Count} pictures done.");
        }

        return failures == 0 ? ExitCodes.Done : ExitCodes.Failure;
    }
}
