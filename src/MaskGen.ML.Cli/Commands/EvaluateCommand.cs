using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Files;
using MaskGen.ML.Masks;
using MaskGen.ML.Results;
using Spectre.Console;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen evaluate</c>: compares masks with true objects.</summary>
internal static class EvaluateCommand
{
    // More say nothing more at a glance; --json has them all.
    private const int MostImages = 10;
    private const int MostObjects = 20;

    public static Command Create(Terminal terminal)
    {
        var results = new RecordOptions(", lists of COCO's results where the truth is a data set");
        var truth = new Option<string>("--truth")
        {
            Description = "The true objects: a COCO data set, a label map (PNG), or a folder of label maps named as the images are",
            HelpName = "COCO|LABELMAP|DIR",
            Required = true,
        };
        var asJson = new Option<bool>("--json") { Description = "One JSON object on standard output, with the best IoU of each object" };
        var command = new Command("evaluate", "Compares masks with true objects: recall, and average precision");
        results.AddArgumentTo(command);
        results.AddTo(command);
        command.Add(truth);
        command.Add(asJson);
        command.SetAction((parsed, cancellationToken) =>
        {
            var failures = new List<string>();
            var files = RecordFiles.Expand(results.Arguments(parsed), results.IsRecursive(parsed), failures.Add);
            failures.ForEach(terminal.Fail);
            var exitCode = Run(
                terminal, files, failures.Count, parsed.GetValue(truth)!, parsed.GetValue(asJson), cancellationToken);
            return Task.FromResult(exitCode);
        });
        return command;
    }

    private static int Run(
        Terminal terminal,
        IReadOnlyList<RecordFile> files,
        int failures,
        string truthPath,
        bool asJson,
        CancellationToken cancellationToken)
    {
        var truth = TrueObjects.Open(truthPath, terminal.Say);
        var crowdsLeftOut = 0;
        var evaluation = new MaskEvaluation();
        var images = new List<(string Name, int Masks, IReadOnlyList<double> BestIous)>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, source) in files.SelectMany(Read))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (!known.Add(name))
                {
                    Fail($"{name}: expected one file of masks for an image, found another one; name the one to compare.");
                    continue;
                }

                if (truth.Of(name) is not var (objects, crowds))
                {
                    Fail($"{name}: expected its true objects in {truthPath}, found none.");
                    continue;
                }

                // A result is a single object.
                var masks = SourceAnnotation.WithoutCrowds(source.Masks);
                crowdsLeftOut += source.Masks.Count - masks.Count;
                if (objects.ImageSize != masks.ImageSize)
                {
                    Fail($"{name}: expected masks of {objects.ImageSize}, as its true objects are, found {masks.ImageSize}.");
                    continue;
                }

                images.Add((name, masks.Count, evaluation.Add(masks, objects, crowds)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                Fail(ErrorMessages.Of(name, size: null, e));
            }
        }

        if (images.Count == 0)
        {
            if (failures == 0)
            {
                Fail("Expected images with masks, found none.");
            }

            return ExitCodes.Failure;
        }

        var missed = 0;
        foreach (var (image, objects, crowds) in truth.Missed(Fail))
        {
            images.Add((image, 0, evaluation.Add(new MaskSet(objects.ImageSize, []), objects, crowds)));
            missed++;
        }

        if (missed > 0)
        {
            terminal.Say(
                Counted.Of(missed, $"image of {truthPath} has", $"images of {truthPath} have")
                + " no results: all objects there count as missed.");
        }

        if (crowdsLeftOut > 0)
        {
            terminal.Say($"Crowds (iscrowd) among the results left out, since a result is a single object: {crowdsLeftOut}.");
        }

        var measures = evaluation.Result();
        if (measures.OrderedBy is null)
        {
            terminal.Say(
                $"AP is left out: it needs predicted_iou of every mask, or else score of every mask, and of {measures.MaskCount} masks "
                + $"{measures.WithoutPredictedIou} have no predicted_iou and {measures.WithoutScore} no score.");
        }

        if (asJson)
        {
            WriteJson(terminal, measures, images);
        }
        else
        {
            terminal.Output.Write(OfImages(images));
            terminal.Output.Write(Table(measures));
        }

        return failures == 0 ? ExitCodes.Done : ExitCodes.Failure;

        IEnumerable<(string Name, MaskSource Source)> Read(RecordFile file)
        {
            try
            {
                return MaskSource.Read(file.Path, terminal.Say, truth.Dataset).Select(source => (file.NameOf(source.Name), source));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                Fail(ErrorMessages.Of(file.Path, size: null, e));
                return [];
            }
        }

        void Fail(string message)
        {
            terminal.Fail(message);
            failures++;
        }
    }

    private static Table OfImages(List<(string Name, int Masks, IReadOnlyList<double> BestIous)> images)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("image", "masks", "true objects", "best IoU of each");
        table.Columns[1].RightAligned();
        table.Columns[2].RightAligned();
        foreach (var (name, masks, bestIous) in images.Take(MostImages))
        {
            var best = string.Join(
                " ", bestIous.Take(MostObjects).Select(iou => iou.ToString("0.00", CultureInfo.InvariantCulture)));
            table.AddRow(
                Markup.Escape(PrintableText.Escape(name)),
                $"{masks}",
                $"{bestIous.Count}",
                bestIous.Count > MostObjects ? $"{best} ... {bestIous.Count - MostObjects} more" : best);
        }

        if (images.Count > MostImages)
        {
            table.AddRow("...", $"{images.Count - MostImages} more", string.Empty, string.Empty);
        }

        return table;
    }

    private static Table Table(MaskEvaluationResult result)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("measure", "value");
        table.Columns[1].RightAligned();
        table.AddRow("images", $"{result.ImageCount}");
        table.AddRow("true objects", $"{result.ObjectCount}");
        Add("masks an image", result.MasksPerImage, "0.0");
        Add("mean best IoU", result.MeanBestIou);
        Add("recall at IoU 0.5", result.RecallAt50);
        Add("recall at IoU 0.8", result.RecallAt80);
        Add("recall, mean of 0.5 to 0.95", result.MeanRecall);
        var by = result.OrderedBy == MaskScoreKind.Score ? " (by score)" : string.Empty;
        Add($"AP, mean of 0.5 to 0.95{by}", result.AveragePrecision);
        Add($"AP at IoU 0.5{by}", result.AveragePrecisionAt50);
        Add($"AP at IoU 0.75{by}", result.AveragePrecisionAt75);
        return table;

        void Add(string name, double value, string format = "0.000") =>
            table.AddRow(name, double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture));
    }

    private static void WriteJson(
        Terminal terminal, MaskEvaluationResult result, List<(string Name, int Masks, IReadOnlyList<double> BestIous)> images)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber("images", result.ImageCount);
            json.WriteNumber("objects", result.ObjectCount);
            Add("masks_per_image", result.MasksPerImage);
            Add("mean_best_iou", result.MeanBestIou);
            Add("recall_50", result.RecallAt50);
            Add("recall_80", result.RecallAt80);
            Add("recall_50_95", result.MeanRecall);
            json.WriteString("ap_ordered_by", result.OrderedBy switch
            {
                MaskScoreKind.PredictedIou => "predicted_iou", MaskScoreKind.Score => "score", _ => null,
            });
            Add("ap_50_95", result.AveragePrecision);
            Add("ap_50", result.AveragePrecisionAt50);
            Add("ap_75", result.AveragePrecisionAt75);
            json.WriteStartArray("per_image");
            foreach (var (name, masks, bestIous) in images)
            {
                json.WriteStartObject();
                json.WriteString("image", name);
                json.WriteNumber("masks", masks);
                json.WriteStartArray("best_iou");
                foreach (var iou in bestIous)
                {
                    json.WriteNumberValue(iou);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();

            void Add(string name, double value)
            {
                if (double.IsNaN(value))
                {
                    json.WriteNull(name);
                }
                else
                {
                    json.WriteNumber(name, value);
                }
            }
        }

        terminal.Write(Encoding.UTF8.GetString(line.WrittenSpan));
    }
}
