using System.CommandLine;
using System.Globalization;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Files;
using Spectre.Console;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen models</c>: lists, fetches, describes and exports models.</summary>
internal static class ModelsCommand
{
    public static Command Create(Terminal terminal, UserEnvironment environment) =>
        new("models", "Lists, chooses, fetches, describes and exports models")
    {
        List(terminal, environment),
        Use(terminal, environment),
        Pull(terminal),
        Info(terminal),
        Export(terminal),
    };

    private static Command List(Terminal terminal, UserEnvironment environment)
    {
        var command = new Command("list", "Lists the models that have a name, and which are on this machine");
        command.SetAction(_ =>
        {
            var table = new Table { Border = TableBorder.Simple };
            table.AddColumns("name", "short", "MB", "on this machine");
            table.AddRow(Sam2Model.Nano.Name, Sam2Model.Nano.Name, string.Empty, "built into this program");
            var cached = Sam2Hub.ListCached();
            foreach (var official in Sam2OfficialModel.All)
            {
                table.AddRow(
                    official.Name,
                    ModelNames.All.FirstOrDefault(model => model.Name == official.Name).Short ?? string.Empty,
                    string.Create(CultureInfo.InvariantCulture, $"{ModelNames.Megabytes(official):0}"),
                    Where(cached.Where(model => model.Name == official.Name)));
            }

            foreach (var others in cached
                .Where(model => Sam2OfficialModel.All.All(official => official.Name != model.Name))
                .GroupBy(model => model.Name))
            {
                table.AddRow(Markup.Escape(PrintableText.Escape(others.Key)), string.Empty, string.Empty, Where(others));
            }

            terminal.Output.Write(table);
            SayChoice(terminal, environment);
        });
        return command;
    }

    private static void SayChoice(Terminal terminal, UserEnvironment environment)
    {
        if (environment.Variable(ModelChoice.Variable) is { } named)
        {
            terminal.Write($"used without --model: {ModelNames.Resolve(named)} ({ModelChoice.Variable})");
            return;
        }

        var kept = new ModelChoice(environment).Kept;
        terminal.Write(kept is null
            ? $"used without --model: {Sam2Model.Nano.Name}; choose another with 'maskgen models use'"
            : $"used without --model: {ModelNames.Resolve(kept)} ({environment.SettingsPath})");
    }

    private static Command Use(Terminal terminal, UserEnvironment environment)
    {
        var name = Model("MODEL", "tiny, small, base-plus, large, nano, a Hugging Face repository, a folder or a file");
        var command = new Command("use", "Chooses the model for runs without --model, and fetches it unless it is there") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var typed = parsed.GetValue(name)!;
            var model = ModelOptions.Find(typed, revision: null);
            using (new SlowNotice(terminal, $"looking at {typed}"))
            {
                // A choice that cannot compute would fail in a week, far from here.
                await model.PrepareAsync(new DownloadProgress(terminal), cancellationToken);
            }

            var kept = new ModelChoice(environment).Keep(typed);
            terminal.Write($"{kept} is used from now on, unless --model or {ModelChoice.Variable} names another");
            return ExitCodes.Done;
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
        var name = Model("NAME", "tiny, small, base-plus, large, or a Hugging Face repository with a SAM 2");
        var revision = Revision();
        var verify = new Option<bool>("--verify")
        {
            Description = "Compare the hashes of files that are there already, not their lengths alone, and fetch again what is damaged",
        };
        var onnx = new OnnxOptions();
        var command = new Command("pull", "Fetches a model into the Hugging Face cache") { name, revision, verify, onnx.Precision };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var typed = parsed.GetValue(name)!;
            if (ModelNames.IsEmbedded(typed))
            {
                terminal.Say($"{typed}: built into this program; there is nothing to fetch.");
                return ExitCodes.Done;
            }

            ModelOptions.ThrowUnlessNamed(typed);
            var options = new Sam2DownloadOptions { VerifyHashes = parsed.GetValue(verify), IsOfCommandLine = true };
            var model = await Sam2Hub.DownloadAsync(
                ModelNames.Resolve(typed),
                parsed.GetValue(onnx.Precision),
                parsed.GetValue(revision),
                options,
                new DownloadProgress(terminal),
                cancellationToken);
            terminal.Write(model.Folder);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Info(Terminal terminal)
    {
        var name = Model("MODEL", "A name, a folder or a file, as for --model");
        var revision = Revision();
        var onnx = new OnnxOptions();
        var command = new Command("info", "Describes a model") { name, revision };
        onnx.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var notice = new SlowNotice(terminal, $"reading {parsed.GetValue(name)}");
            var found = ModelOptions.Find(parsed.GetValue(name)!, parsed.GetValue(revision), onnx.Read(parsed));
            await found.PrepareAsync(new DownloadProgress(terminal), cancellationToken);
            var model = found.Describe();
            var rows = new Dictionary<string, string?>
            {
                ["name"] = model.Name,
                ["architecture"] = model.OfficialSize,
                ["ONNX files by"] = model.Export,
                ["model input"] = $"{model.ImageSize} x {model.ImageSize}",
                ["embedding channels"] = $"{model.EmbeddingChannels}",
                ["stage widths"] = model.Export is null ? string.Join(", ", model.StageWidths) : null,
                ["stage blocks"] = model.Export is null ? string.Join(", ", model.StageBlocks) : null,
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

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Export(Terminal terminal)
    {
        var name = Model("MODEL", "A name, a folder or a file, as for --model");
        var revision = Revision();
        var folder = new Option<string>("--out")
        {
            Description = "Folder for the files, created if it is not there", HelpName = "DIR", Required = true,
        };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace files of these names that maskgen did not write, too" };
        var command = new Command(
            "export",
            $"Writes {Sam2OnnxExporter.EncoderFileName} and {Sam2OnnxExporter.DecoderFileName}, with weights, for use elsewhere")
        {
            name, revision, folder, overwrite,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var model = ModelOptions.Find(parsed.GetValue(name)!, parsed.GetValue(revision));
            using var notice = new SlowNotice(terminal, $"exporting {model.Name}");
            await model.PrepareAsync(new DownloadProgress(terminal), cancellationToken);
            foreach (var file in Sam2OnnxExporter.Export(model, parsed.GetValue(folder)!, parsed.GetValue(overwrite)))
            {
                terminal.Write(file);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Argument<string> Model(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description, HelpName = name };
        argument.CompletionSources.Add(_ => ModelOptions.Completions());
        return argument;
    }

    private static Option<string?> Revision() => new("--revision") { Description = "Branch, tag or commit", HelpName = "REVISION" };
}
