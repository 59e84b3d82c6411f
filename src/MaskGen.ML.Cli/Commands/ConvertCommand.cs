using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen convert</c>: writes masks that are in files in other formats.</summary>
internal static class ConvertCommand
{
    public static Command Create(Terminal terminal)
    {
        var inputs = new RecordOptions();
        var images = new Option<string?>("--images")
        {
            Description = "Folder of the images, for formats that show them [default: that of each file, then where the file says, then "
                + "the folder above it, then the current one]",
            HelpName = "DIR",
        };
        var (output, overlap) = (new OutputOptions(hasDefaults: false), new OverlapOptions());
        var (reading, reporting) = (new ImageOptions(), new ReportOptions());
        var command = new Command("convert", "Writes masks from files in other formats");
        inputs.AddArgumentTo(command);
        inputs.AddTo(command);
        output.AddTo(command);
        command.Add(images);
        overlap.AddTo(command);
        reporting.AddTo(command);
        reading.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            output.ThrowUnlessFormatsNamed(parsed);
            var conversion = new Conversion(terminal, reporting.Report(parsed, terminal))
            {
                ImageFolder = parsed.GetValue(images), IsRecursive = inputs.IsRecursive(parsed), Selection = overlap.Read(parsed),
            };
            var (_, exitCode) = conversion.Run(inputs.Arguments(parsed), Files, reading.Limits(parsed), cancellationToken);
            return Task.FromResult(exitCode);

            ResultFiles Files(bool isOfPrompts) =>
                output.Files(parsed, isOfPrompts ? ResultOrigin.ConvertPrompt : ResultOrigin.Convert);
        });
        return command;
    }
}
