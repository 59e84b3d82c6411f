using MaskGen.ML.Files;
using Spectre.Console;

namespace MaskGen.ML.Cli.Display;

/// <summary>A short table of what was found in each image, for people.</summary>
internal sealed class TableReport(Terminal terminal) : ResultReport(terminal)
{
    // More rows say nothing more at a glance; the files have them all.
    private const int MaximumRows = 10;

    // More files than these, numbered by mask, are told by the first and the last.
    private const int MostNumbered = 3;

    private const string Label = "label";
    private const string Box = "box (x0,y0,x1,y1)";
    private const string Iou = "predicted IoU";

    public override void Done(string image, MaskSet masks, IReadOnlyList<string> files)
    {
        Terminal.Write($"{image}: {Counted.Of(masks.Count, "mask")}");
        if (masks.Count > 0)
        {
            Terminal.Output.Write(Rows(masks));
        }

        Completed(files);
    }

    private static readonly char[] Digits = [.. "0123456789"];

    // Not wrapped: a path is copied as a whole.
    public override void Completed(IReadOnlyList<string> files)
    {
        for (var first = 0; first < files.Count;)
        {
            var count = CountNumbered(files, first);
            if (count > MostNumbered)
            {
                var last = Path.GetFileName(files[first + count - 1]);
                Terminal.Write($"-> {files[first]} ... {last} ({Counted.Of(count, "file")})");
            }
            else
            {
                files.Skip(first).Take(count).ToList().ForEach(file => Terminal.Write($"-> {file}"));
            }

            first += count;
        }
    }

    // How many files after each other differ in their number alone; at least 1.
    private static int CountNumbered(IReadOnlyList<string> files, int first)
    {
        var name = WithoutNumber(files[first]);
        return name is null ? 1 : files.Skip(first).TakeWhile(file => WithoutNumber(file) == name).Count();
    }

    private static string? WithoutNumber(string file)
    {
        var stem = Path.ChangeExtension(file, null);
        return stem.TrimEnd(Digits) is var rest && rest.Length < stem.Length && rest.EndsWith('-') ? rest + Path.GetExtension(file) : null;
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
