using MaskGen.ML.Files;
using Spectre.Console;

namespace MaskGen.ML.Cli.Display;

/// <summary>A short table of what was found in each image, for people.</summary>
internal sealed class TableReport(Terminal terminal) : ResultReport(terminal)
{
    // More rows say nothing more at a glance; the files have them all.
    private const int MaximumRows = 10;

    private const string Label = "label";
    private const string Box = "box (x0,y0,x1,y1)";
    private const string Iou = "predicted IoU";

    public override void Done(string image, MaskSet masks, IReadOnlyList<string> files)
    {
        Terminal.Write($"{image}: {masks.Count} {(masks.Count == 1 ? "mask" : "masks")}");
        if (masks.Count > 0)
        {
            Terminal.Output.Write(Rows(masks));
        }

        Completed(files);
    }

    // Not wrapped: a path is copied as a whole.
    public override void Completed(IReadOnlyList<string> files)
    {
        foreach (var file in files)
        {
            Terminal.Write($"-> {file}");
        }
    }

    private static Table Rows(MaskSet masks)
    {
        // A label is somebody's text: what a console takes for markup in it is escaped, and what controls a terminal spelt out.
        var hasLabels = masks.Any(mask => mask.Label is not null);
        var hasScores = masks.Any(mask => mask.PromptScore is not null);
        var table = new Table { Border = TableBorder.Simple };
        string[] columns =
        [
            "mask", .. Only(hasLabels, Label), .. Only(hasScores, "score"), "area", Box, Iou, "stability",
        ];
        foreach (var name in columns)
        {
            table.AddColumn(name, column =>
            {
                column.Alignment = name is Label or Box ? Justify.Left : Justify.Right;

                // A box is copied as a whole.
                column.NoWrap = name is not (Label or Iou);
            });
        }

        for (var i = 0; i < Math.Min(masks.Count, MaximumRows); i++)
        {
            var mask = masks[i];
            table.AddRow(
            [
                $"{i + 1}",
                .. Only(hasLabels, Markup.Escape(PrintableText.Escape(mask.Label ?? string.Empty))),
                .. Only(hasScores, mask.PromptScore is { } score ? $"{score:0.000}" : string.Empty),
                $"{mask.Area}",
                BoxText.Of(mask),
                $"{mask.PredictedIou:0.000}",
                $"{mask.StabilityScore:0.000}",
            ]);
        }

        if (masks.Count > MaximumRows)
        {
            string[] blank = [.. Enumerable.Repeat(string.Empty, columns.Length)];
            blank[0] = "...";
            blank[Array.IndexOf(columns, "area")] = $"{masks.Count - MaximumRows} more";
            table.AddRow(blank);
        }

        return table;
    }

    private static string[] Only(bool isThere, string cell) => isThere ? [cell] : [];
}
