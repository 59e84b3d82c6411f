using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen prompt</c>: segments what points, boxes or an earlier mask say.</summary>
internal static class PromptCommand
{
    public static Command Create(Terminal terminal)
    {
        var image = new Argument<string>("IMAGE") { Description = "An image" };
        image.Validators.Add(ImageArguments.Validate);
        var (model, prompt, output, images) = (new ModelOptions(), new PromptOptions(), new OutputOptions(), new ImageOptions());
        var command = new Command("prompt", "Segments what points, boxes or an earlier mask mark") { image };
        prompt.AddTo(command);
        model.AddTo(command);
        output.AddTo(command);
        images.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var limits = images.Limits(parsed);
            using var files = output.Files(parsed, ResultOrigin.Prompt);
            var path = parsed.GetValue(image)!;
            RgbImage? loaded = null;
            try
            {
                // What can be wrong is found before the model is loaded.
                var input = InputImage.Load(path, limits);
                loaded = input.Image;
                prompt.Check(parsed, loaded.Size, terminal.Say);
                var mask = prompt.Mask(parsed, loaded.Size, limits);
                var (chosen, session) = (model.Model(parsed, terminal, cancellationToken), model.Session(parsed));
                files.Begin([path], chosen, () => RunSettings.Of(prompt.Output(parsed)), prompt.Files(parsed));
                files.ThrowIfTaken(path);
                var masks = Segment(
                    terminal,
                    loaded,
                    chosen,
                    session,
                    size => (prompt.Prompts(parsed, mask, size), prompt.Output(parsed)),
                    cancellationToken);
                MaskTable.Write(terminal.Output, path, masks, files.Write(input, masks));
                MaskTable.WriteFiles(terminal.Output, files.Complete());
                return Task.FromResult(ExitCodes.Done);
            }
            catch (Exception e) when (ErrorMessages.Cause(e) is OutOfMemoryException)
            {
                throw new IOException(ErrorMessages.Of(path, loaded?.Size, e), e);
            }
        });
        return command;
    }

    private static MaskSet Segment(
        Terminal terminal,
        RgbImage image,
        Sam2Model model,
        Sam2SessionOptions session,
        Func<int, (IReadOnlyList<Sam2Prompt> Prompts, MaskOutput Output)> ask,
        CancellationToken cancellationToken)
    {
        using var notice = new SlowNotice(terminal, $"segmenting with {model.Name}");
        using var encoder = new Sam2ImageEncoder(model, session);
        using var decoder = new Sam2PromptDecoder(model, session);
        var (prompts, output) = ask(encoder.InputSize);
        var encoded = encoder.Encode(image, cancellationToken);
        try
        {
            return decoder.Segment(encoded, prompts, output, cancellationToken: cancellationToken);
        }
        catch (ArgumentException e) when (e.ParamName == nameof(prompts))
        {
            // The library counts prompts, which nobody has typed.
            throw new ArgumentException($"--point, --box or --mask: {Terminal.Message(e)}", e);
        }
    }
}
