using System.CommandLine;
using System.Globalization;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Files;
using Spectre.Console;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen models</c>: lists, fetches, describes and exports models.</summary>
internal static class ModelsCommand
{
    public static Command Create(Terminal terminal) => new("models", "Lists, fetches, describes and exports models")
    {
        List(terminal),
        Pull(terminal),
        Info(terminal),
        Export(terminal),
    };

    private static Command List(Terminal terminal)
    {
        var command = new Command("list", "Lists the models that have a name, and which are on this machine");
        command.SetAction(_ =>
        {
            var table = new Table { Border = TableBorder.Simple };
            table.AddColumns("name", "parameters", "on this machine");
            table.AddRow(Sam2Model.Nano.Name, "2.5 M", "inside the program");
            var cached = Sam2Hub.ListCached();
            foreach (var official in Sam2OfficialModel.All)
            {
                table.AddRow(official.Name, string.Create(CultureInfo.InvariantCulture, $"{official.MillionParameters} M"), Where(cached.Where(model => model.Name == official.Name)));
            }

            foreach (var others in cached.Where(model => Sam2OfficialModel.All.All(official => official.Name != model.Name)).GroupBy(model => model.Name))
            {
                table.AddRow(Markup.Escape(PrintableText.Escape(others.Key)), string.Empty, Where(others));
            }

            terminal.Output.Write(table);
        });
        return command;
    }

    // A commit is the name of a folder, which may be anything.
    private static string Where(IEnumerable<Sam2CachedModel> cached) =>
        Markup.Escape(PrintableText.Escape(string.Join(", ", cached.Select(Where))));

    private static string Where(Sam2CachedModel model) =>
        string.Create(CultureInfo.InvariantCulture, $"{model.Commit[..Math.Min(8, model.Commit.Length)]} ({model.WeightBytes / 1e6:0} MB)");

    private static Command Pull(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "A repository with a SAM 2, such as facebook/sam2.1-hiera-tiny" };
        var revision = Revision();
        var verify = new Option<bool>("--verify")
        {
            Description = "Compare the hashes of files that are there already, not their lengths alone, and fetch again what is damaged",
        };
        var command = new Command("pull", "Fetches a model into the Hugging Face cache") { name, revision, verify };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new Sam2DownloadOptions { Progress = new DownloadProgress(terminal), VerifyHashes = parsed.GetValue(verify) };
            var model = await Sam2Hub.DownloadAsync(parsed.GetValue(name)!, parsed.GetValue(revision), options, cancellationToken);
            terminal.Write(model.Folder);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Info(Terminal terminal)
    {
        var name = new Argument<string>("MODEL") { Description = "A name, a folder or a file, as for --model" };
        var revision = Revision();
        var command = new Command("info", "Describes a model") { name, revision };
        command.SetAction((parsed, cancellationToken) =>
        {
            using var notice = new SlowNotice(terminal, $"reading {parsed.GetValue(name)}");
            var model = ModelOptions.Find(parsed.GetValue(name)!, parsed.GetValue(revision), terminal, cancellationToken).Describe();
            var rows = new Dictionary<string, string?>
            {
                ["name"] = model.Name,
                ["architecture"] = model.OfficialSize,
                ["model input"] = $"{model.ImageSize} x {model.ImageSize}",
                ["embedding channels"] = $"{model.EmbeddingChannels}",
                ["stage widths"] = string.Join(", ", model.StageWidths),
                ["stage blocks"] = string.Join(", ", model.StageBlocks),
                ["parameters"] = model.ParameterCount.ToString("N0", CultureInfo.InvariantCulture),
                ["stored as"] = string.Join(", ", model.StoredTypes),
                ["file"] = model.WeightsPath,
                ["bytes"] = model.WeightsBytes?.ToString("N0", CultureInfo.InvariantCulture),
                ["sha-256"] = model.WeightsSha256,
                ["predicted IoU threshold"] = model.RecommendedThresholds.PredictedIou.ToString(CultureInfo.InvariantCulture),
                ["stability score threshold"] = model.RecommendedThresholds.StabilityScore.ToString(CultureInfo.InvariantCulture),
            };
            foreach (var (key, value) in rows.Where(row => row.Value is not null))
            {
                terminal.Write($"{key + ":",-27}{value}");
            }

            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static Command Export(Terminal terminal)
    {
        var name = new Argument<string>("MODEL") { Description = "A name, a folder or a file, as for --model" };
        var revision = Revision();
        var folder = new Option<string>("--out") { Description = "Folder for the files, made if need be", HelpName = "DIR", Required = true };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace files of these names that maskgen did not write, too" };
        var command = new Command("export", $"Writes {Sam2OnnxExporter.EncoderFileName} and {Sam2OnnxExporter.DecoderFileName}, with weights, for use elsewhere") { name, revision, folder, overwrite };
        command.SetAction((parsed, cancellationToken) =>
        {
            var model = ModelOptions.Find(parsed.GetValue(name)!, parsed.GetValue(revision), terminal, cancellationToken);
            using var notice = new SlowNotice(terminal, $"exporting {model.Name}");
            foreach (var file in Sam2OnnxExporter.Export(model, parsed.GetValue(folder)!, parsed.GetValue(overwrite)))
            {
                terminal.Write(file);
            }

            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static Option<string?> Revision() => new("--revision") { Description = "Branch, tag or commit", HelpName = "REVISION" };
}
