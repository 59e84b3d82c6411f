using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Options;
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
            Description = "Folder of the images, for formats that show them [default: that of each file]",
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
            using var files = output.Files(parsed, ResultOrigin.Convert);
            var (_, exitCode) = conversion.Run(
                inputs.Arguments(parsed), files, ResultOrigin.Convert, reading.Limits(parsed), cancellationToken);
            return Task.FromResult(exitCode);
        });
        return command;
    }
}
