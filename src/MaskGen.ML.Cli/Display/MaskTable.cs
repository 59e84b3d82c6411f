using MaskGen.ML.Files;
using Spectre.Console;

namespace MaskGen.ML.Cli.Display;

/// <summary>A short table of what was found, on standard output.</summary>
internal static class MaskTable
{
    // More rows say nothing more at a glance; the files have them all.
    private const int MaximumRows = 10;

    public static void Write(IAnsiConsole console, string image, MaskSet masks, IReadOnlyList<string> files)
    {
        // Not wrapped, like the paths below.
        console.Profile.Out.Writer.WriteLine($"{PrintableText.Escape(image)}: {masks.Count} {(masks.Count == 1 ? "mask" : "masks")}");
        if (masks.Count > 0)
        {
            console.Write(Rows(masks));
        }

        WriteFiles(console, files);
    }

    /// <summary>A line for each file that was written.</summary>
    public static void WriteFiles(IAnsiConsole console, IReadOnlyList<string> files)
    {
        foreach (var file in files)
        {
            // Not wrapped: a path is copied as a whole.
            console.Profile.Out.Writer.WriteLine($"-> {PrintableText.Escape(file)}");
        }
    }

    private static Table Rows(MaskSet masks)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("mask", "area", "box (x, y, w, h)", "predicted IoU", "stability");
        foreach (var column in table.Columns.Where((_, i) => i != 2))
        {
            column.RightAligned();
        }

        for (var i = 0; i < Math.Min(masks.Count, MaximumRows); i++)
        {
            var (mask, box) = (masks[i], masks[i].BoundingBox);
            table.AddRow(
                $"{i + 1}", $"{mask.Area}", $"{box.X}, {box.Y}, {box.Width}, {box.Height}", $"{mask.PredictedIou:0.000}", $"{mask.StabilityScore:0.000}");
        }

        if (masks.Count > MaximumRows)
        {
            table.AddRow("...", $"{masks.Count - MaximumRows} more", string.Empty, string.Empty, string.Empty);
        }

        return table;
    }
}
