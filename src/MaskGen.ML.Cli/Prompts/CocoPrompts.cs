using System.Globalization;
using System.Text.Json;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Masks;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Prompts;

/// <summary>Reads boxes from COCO's detections (an array with <c>image_id</c>, <c>category_id</c>, <c>bbox</c> and <c>score</c>) and from
/// COCO data sets, which name images and categories.</summary>
internal static class CocoPrompts
{
    /// <returns>The boxes; null where the JSON is something else.</returns>
    /// <exception cref="InvalidDataException">It is not JSON, or not COCO's although it looks like it.</exception>
    public static PromptFile? TryRead(string path, ReadOnlyMemory<byte> bytes) => MasksJsonReader.ParseJson(bytes, path, root =>
        root.Value.ValueKind == JsonValueKind.Object && root.Value.TryGetProperty("annotations", out _) ? ReadDataset(path, root)
            : root.Value.ValueKind == JsonValueKind.Array && root.Items().FirstOrDefault() is { } first && IsDetection(first.Value)
                ? ReadDetections(path, root)
                : null);

    private static bool IsDetection(JsonElement item) => item.ValueKind == JsonValueKind.Object && item.TryGetProperty("bbox", out _);

    private static PromptFile ReadDetections(string path, JsonField root)
    {
        var rows = new List<PromptRow>();
        foreach (var item in root.Items())
        {
            var fields = item.Fields("image_id", "file_name", "category_id", "category_name", "label");
            var image = !fields[1].IsMissing ? fields[1].Text() : fields[0].IsMissing ? null : IdOf(fields[0]);
            var label = fields[4].IsMissing ? fields[3] : fields[4];
            rows.Add(Row(item, $"{path}, item {rows.Count + 1}", image, label.IsMissing ? fields[2] : label));
        }

        return new PromptFile(path, rows.Exists(row => row.Image is not null), rows, []);
    }

    private static PromptFile ReadDataset(string path, JsonField root)
    {
        var sections = root.Fields("images", "annotations", "categories");
        var images = Names(sections[0], "file_name");
        var categories = sections[2].IsMissing ? [] : Names(sections[2], "name");
        var (rows, crowds, number) = (new List<PromptRow>(), 0, 0);
        foreach (var item in sections[1].Items())
        {
            number++;
            var fields = item.Fields("image_id", "category_id", "iscrowd");
            if (!fields[2].IsMissing && fields[2].Integer() == 1)
            {
                crowds++;
                continue;
            }

            var image = images.GetValueOrDefault(IdOf(fields[0])) ?? throw fields[0].Unlike("the id of an image of the file");
            var row = Row(item, $"{path}, annotation {number}", image, fields[1]);
            rows.Add(row.Label is { } id && categories.TryGetValue(id, out var name) ? row with { Label = name } : row);
        }

        return new PromptFile(
            path,
            NamesImages: true,
            rows,
            crowds == 0 ? [] : [$"{path}: {Counted.Of(crowds, "box", "boxes")} of crowds left out: a crowd is not a single object."]);
    }

    private static PromptRow Row(JsonField item, string where, string? image, JsonField label)
    {
        var fields = item.Fields("bbox", "score");
        var sides = fields[0].Items(4);
        var box = PromptRowReader.FromSides(where, sides[0].Number(), sides[1].Number(), sides[2].Number(), sides[3].Number());
        var name = label.IsMissing ? null : IdOf(label);
        return new PromptRow(
            where, image, Object: null, box, Point: null, name is { Length: > 0 } ? name : null,
            fields[1].IsMissing ? null : fields[1].Double());
    }

    private static Dictionary<string, string> Names(JsonField section, string key)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in section.Items())
        {
            var fields = item.Fields("id", key);
            if (!names.TryAdd(IdOf(fields[0]), fields[1].Text()))
            {
                throw fields[0].Unlike("an id of its own", "that of an earlier one");
            }
        }

        return names;
    }

    // Numbers in COCO's own files, names in those of others.
    private static string IdOf(JsonField field) => field.Value.ValueKind == JsonValueKind.String
        ? field.Text()
        : field.Integer().ToString(CultureInfo.InvariantCulture);
}
