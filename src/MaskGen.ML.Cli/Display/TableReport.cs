using Spectre.Console;

namespace MaskGen.ML.Cli.Display;

/// <summary>A short table of what was found in each image, for people.</summary>
internal sealed class TableReport(Terminal terminal) : ResultReport(terminal)
{
    // More rows say nothing more at a glance; the files have them all.
    private const int MaximumRows = 10;

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
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("mask", "area", "box (x0,y0,x1,y1)", "predicted IoU", "stability");
        foreach (var column in table.Columns.Where((_, i) => i != 2))
        {
            column.RightAligned();
        }

        for (var i = 0; i < Math.Min(masks.Count, MaximumRows); i++)
        {
            var mask = masks[i];
            table.AddRow($"{i + 1}", $"{mask.Area}", BoxText.Of(mask), $"{mask.PredictedIou:0.000}", $"{mask.StabilityScore:0.000}");
        }

        if (masks.Count > MaximumRows)
        {
            table.AddRow("...", $"{masks.Count - MaximumRows} more", string.Empty, string.Empty, string.Empty);
        }

        return table;
    }
}
