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
        var inputs = new Argument<string[]>("FILE|FOLDER|GLOB")
        {
            Description = "Files with masks: records (.masks.json), COCO data sets, LabelMe's annotations; of a folder its records, or all "
                + "its .json files where it has none",
            Arity = ArgumentArity.OneOrMore,
        };
        var images = new Option<string?>("--images")
        {
            Description = "Folder of the images, for formats that show them [default: that of each file]",
            HelpName = "DIR",
        };
        var (output, overlap) = (new OutputOptions(hasDefaults: false), new OverlapOptions());
        var (reading, reporting) = (new ImageOptions(), new ReportOptions());
        var command = new Command("convert", "Writes masks from files in other formats") { inputs };
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
                ImageFolder = parsed.GetValue(images), Selection = overlap.Read(parsed),
            };
            using var files = output.Files(parsed, ResultOrigin.Convert, conversion.NameOf);
            var (_, exitCode) = conversion.Run(
                parsed.GetValue(inputs)!, files, ResultOrigin.Convert, reading.Limits(parsed), cancellationToken);
            return Task.FromResult(exitCode);
        });
        return command;
    }
}
