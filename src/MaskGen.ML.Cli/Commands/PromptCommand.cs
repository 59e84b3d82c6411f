using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Inference;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen prompt</c>: segments what points, boxes or an earlier mask say.</summary>
internal static class PromptCommand
{
    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var (model, prompt, output) = (new ModelOptions(environment), new PromptOptions(), new OutputOptions());
        var (inputs, images, reporting, labelling) = (new InputOptions(), new ImageOptions(), new ReportOptions(), new LabelOption());
        var (overlap, pages) = (new OverlapOptions(), new PageOptions());
        var command = new Command("prompt", "Segments what points, boxes or an earlier mask mark; several images where a file names them");
        inputs.AddArgumentTo(command);
        prompt.AddTo(command);
        labelling.AddTo(command);
        inputs.AddTo(command);
        model.AddTo(command);
        output.AddTo(command);
        pages.AddTo(command);
        images.AddTo(command);
        reporting.AddTo(command);
        overlap.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var report = reporting.Report(parsed, terminal);
            var limits = images.Limits(parsed);
            var label = labelling.Read(parsed);
            var selection = overlap.Read(parsed);
            using var files = output.Files(parsed, ResultOrigin.Prompt);
            OnnxRuntimeLibrary.BeginStart();
            var run = new PromptRun(terminal, report, files, limits, label, cancellationToken)
            {
                Session = () => model.Session(parsed),
                Model = () => model.Model(parsed, terminal),
                OtherInputs = prompt.Files(parsed),
                Selection = selection,
            };
            var (boxes, points) = prompt.PromptFiles(parsed);
            if (boxes is not null || points is not null)
            {
                if (pages.IsGiven(parsed))
                {
                    throw new ArgumentException(
                        "--pages: expected what is typed for one page, found files of prompts, which name no pages.");
                }

                var masksPerObject = prompt.Output(parsed, selection.Disjoint is not null);
                return Task.FromResult(run.OfFiles(
                    fail => inputs.Files(parsed, files.Folder, fail, terminal.Say), boxes, points, masksPerObject));
            }

            return Task.FromResult(run.Typed(Page(One()), parsed, prompt));

            InputFile Page(InputFile file)
            {
                var chosen = pages.Expand(parsed, [file], message => throw new ArgumentException(message));
                return chosen.Count == 1 ? chosen[0] : throw new ArgumentException(
                    $"{file.Path}: expected one page for what is typed, found {chosen.Count}; --pages N takes one.");
            }

            InputFile One()
            {
                if (inputs.IsOneFile(parsed, out var path))
                {
                    return InputFile.Alone(path);
                }

                var found = inputs.Files(parsed, files.Folder, message => throw new ArgumentException(message), terminal.Say);
                return found.Count == 1
                    ? found[0]
                    : throw new ArgumentException(
                        $"Expected one image for what is typed, found {found.Count}; --boxes FILE and --points FILE name images.");
            }
        });
        return command;
    }
}
