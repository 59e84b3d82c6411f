using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen prompt</c>: segments what points, boxes or an earlier mask say.</summary>
internal static class PromptCommand
{
    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var image = new Argument<string>("IMAGE") { Description = "An image" };
        image.Validators.Add(ImageArguments.Validate);
        var (model, prompt, output) = (new ModelOptions(environment), new PromptOptions(), new OutputOptions());
        var (images, reporting, overlap) = (new ImageOptions(), new ReportOptions(), new OverlapOptions());
        var command = new Command("prompt", "Segments what points, boxes or an earlier mask mark") { image };
        prompt.AddTo(command);
        model.AddTo(command);
        output.AddTo(command);
        images.AddTo(command);
        reporting.AddTo(command);
        overlap.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var report = reporting.Report(parsed, terminal);
            var limits = images.Limits(parsed);
            var selection = overlap.Read(parsed);
            using var files = output.Files(parsed, ResultOrigin.Prompt);
            var path = parsed.GetValue(image)!;
            RgbImage? loaded = null;
            try
            {
                // What can be wrong is found before the model is loaded.
                var input = InputImage.Load(path, limits);
                loaded = input.Image;
                ImageRemarks.Say(path, loaded, terminal.Say);
                prompt.Check(parsed, loaded.Size, terminal.Say);
                var mask = prompt.Mask(parsed, loaded.Size, limits);
                var session = model.Session(parsed);
                var (chosen, line) = model.Model(parsed, terminal);
                files.Begin([path], chosen, () => RunSettings.Of(prompt.Output(parsed), selection), prompt.Files(parsed));
                files.ThrowIfTaken(path);
                terminal.Say(line);
                var masks = selection.Apply(Segment(
                    terminal,
                    loaded,
                    chosen,
                    session,
                    size => (prompt.Prompts(parsed, mask, size), prompt.Output(parsed)),
                    cancellationToken));
                report.Done(path, masks, files.Write(input, masks));
                report.Completed(files.Complete());
                terminal.SayAll(files.Remarks);
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
        var progress = new DownloadProgress(terminal);
        using var encoder = Sam2ImageEncoder.CreateAsync(model, session, progress, cancellationToken).GetAwaiter().GetResult();
        using var decoder = Sam2PromptDecoder.CreateAsync(model, session, progress, cancellationToken).GetAwaiter().GetResult();
        var (prompts, output) = ask(encoder.InputSize);
        var encoded = encoder.Encode(image, cancellationToken);
        try
        {
            return BestFirst(decoder.Segment(encoded, prompts, output, cancellationToken: cancellationToken), prompts.Count);
        }
        catch (ArgumentException e) when (e.ParamName == nameof(prompts))
        {
            // The library counts prompts, which nobody has typed.
            throw new ArgumentException($"--point, --box or --mask: {Terminal.Message(e)}", e);
        }
    }

    // The model orders the candidates of a prompt by what they are (object, part, more), and the best may be any of them.
    private static MaskSet BestFirst(MaskSet masks, int promptCount) => promptCount == 0
        ? masks
        : new MaskSet(
            masks.ImageSize,
            [
                .. masks.Chunk(Math.Max(1, masks.Count / promptCount))
                    .SelectMany(candidates => candidates.OrderByDescending(mask => mask.PredictedIou)),
            ]);
}
