using System.Text.Json;
using MaskGen.ML.Masks;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Prompts;

/// <summary>Reads JSON files of prompts: an array of objects whose keys are the columns of a CSV file.</summary>
internal static class JsonPrompts
{
    /// <exception cref="InvalidDataException">The file is not of this form.</exception>
    public static PromptFile Read(string path, ReadOnlyMemory<byte> bytes, PromptKind kind) =>
        MasksJsonReader.ParseJson(bytes, path, root => Read(path, root, kind));

    private static PromptFile Read(string path, JsonField root, PromptKind kind)
    {
        if (root.Value.ValueKind != JsonValueKind.Array)
        {
            throw root.Unlike(
                kind == PromptKind.Box ? "an array of boxes, COCO's detections or a COCO data set" : "an array of points", "an object");
        }

        var rows = new List<(PromptCells Cells, bool HasCorners)>();
        foreach (var item in root.Items())
        {
            var values = Values(item);
            if (!PromptRowReader.IsEnough(kind, values.ContainsKey))
            {
                throw item.Unlike(
                    $"an object with {PromptRowReader.Expected(kind)}",
                    values.Count == 0 ? null : $"{string.Join(", ", values.Values.Select(cell => cell.Name))} only");
            }

            rows.Add((new PromptCells($"{path}, item {rows.Count + 1}", values), PromptRowReader.HasCorners(values.ContainsKey)));
        }

        var labelsArePositive = kind == PromptKind.Point && rows.TrueForAll(
            row => !row.Cells.Has(PromptFileColumn.Positive) && PromptRowReader.IsPointLabel(row.Cells.Text(PromptFileColumn.Label)));
        return new PromptFile(
            path,
            rows.Exists(row => row.Cells.Has(PromptFileColumn.Image)),
            [.. rows.Select(row => PromptRowReader.Read(kind, row.Cells, row.HasCorners, labelsArePositive))],
            []);
    }

    private static Dictionary<PromptFileColumn, PromptCells.NamedText> Values(JsonField item)
    {
        if (item.Value.ValueKind != JsonValueKind.Object)
        {
            throw item.Unlike("an object");
        }

        var values = new Dictionary<PromptFileColumn, PromptCells.NamedText>();
        foreach (var property in item.Value.EnumerateObject())
        {
            var field = new JsonField(item.Source, $"{item.Path}.{property.Name}", property.Value);
            if (PromptFileColumn.Find(property.Name) is { } column
                && Text(field) is { Length: > 0 } text
                && !values.TryAdd(column, new PromptCells.NamedText(property.Name, text)))
            {
                throw field.Unlike($"one value for {column.Names[0]}", "two");
            }
        }

        return values;
    }

    private static string? Text(JsonField field) => field.Value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => field.Text().Trim(),
        JsonValueKind.Number => field.Value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => throw field.Unlike("a text or a number"),
    };
}
