using System.CommandLine;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen prompt</c>: segments what points, boxes or an earlier mask say.</summary>
internal static class PromptCommand
{
    public static Command Create(Terminal terminal)
    {
        var image = new Argument<string>("IMAGE") { Description = "A picture" };
        var (model, prompt, output) = (new ModelOptions(), new PromptOptions(), new OutputOptions());
        var command = new Command("prompt", "Segments what points, boxes or an earlier mask say") { image };
        prompt.AddTo(command);
        model.AddTo(command);
        output.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            using var files = output.Files(parsed, ResultOrigin.Prompt);
            var path = parsed.GetValue(image)!;
            var (chosen, session) = (model.Model(parsed, terminal, cancellationToken), model.Session(parsed));
            files.Begin([path], chosen, () => RunSettings.Of(prompt.Output(parsed)), prompt.Files(parsed));
            files.ThrowIfTaken(path);
            var input = InputImage.Load(path);
            using var encoder = new Sam2ImageEncoder(chosen, session);
            using var decoder = new Sam2PromptDecoder(chosen, session);
            var prompts = prompt.Prompts(parsed, encoder.InputSize);
            var encoded = encoder.Encode(input.Image, cancellationToken);
            var masks = decoder.Segment(encoded, prompts, prompt.Output(parsed), cancellationToken: cancellationToken);
            MaskTable.Write(terminal.Output, path, masks, files.Write(input, masks));
            MaskTable.WriteFiles(terminal.Output, files.Complete());
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
