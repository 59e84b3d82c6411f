namespace MaskGen.ML.Web;

/// <summary>What each format cannot carry of what a person has drawn: said where it is chosen, and in an export.</summary>
internal static class FormatLosses
{
    private const string Tolerance = "outlines are exact within a tolerance alone";
    private const string Polygons = "shapes as polygons: " + Tolerance + "; masks with holes become mask shapes";
    private const string Prompts = "prompts";

    private static readonly Dictionary<string, string[]> Table = new(StringComparer.Ordinal)
    {
        ["json"] = [],
        ["overlay"] = ["a picture: masks cannot be read back"],
        ["html"] = ["a page to look at"],
        ["labelmap"] = ["overlaps: a pixel belongs to one object", "scores, labels and prompts"],
        ["png"] = ["scores, labels and prompts"],
        ["coco"] = ["holes stay run lengths where shapes are polygons", Prompts],
        ["yolo"] = ["holes and parts: joined into one outline by bridges of no width", Tolerance, "scores", Prompts, "empty masks"],
        ["labelme"] = [Polygons, "scores in part", Prompts, "empty masks"],
        ["cvat"] = [Polygons, Prompts, "empty masks"],
        ["labelstudio"] = ["parts become regions of their own", Tolerance, "stability scores", Prompts, "empty masks"],
        ["geojson"] = [Tolerance, Prompts],
        ["cutout"] = ["what lies outside of the objects", "scores and prompts"],
        ["svg"] = [Tolerance, Prompts],
        ["parquet"] = [],
    };

    /// <summary>What a format loses; nothing for one that is not known.</summary>
    public static IReadOnlyList<string> Of(string format) => Table.GetValueOrDefault(format, []);

    /// <summary>The formats that something is said about.</summary>
    public static IEnumerable<string> Known => Table.Keys;
}
