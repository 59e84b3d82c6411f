using System.Globalization;

namespace MaskGen.ML.Cli.Prompts;

/// <summary>Reads a box or a point from the values of a row.</summary>
internal static class PromptRowReader
{
    /// <summary>The columns that a file must have, for messages.</summary>
    public static string Expected(PromptKind kind) => kind == PromptKind.Box
        ? "x0, y0, x1, y1 or x, y, width, height, and if need be image, object, label, score"
        : "x, y, and if need be image, object, positive, label, score";

    /// <summary>Whether columns are enough for a row.</summary>
    public static bool IsEnough(PromptKind kind, Func<PromptFileColumn, bool> has) => kind == PromptKind.Point
        ? has(PromptFileColumn.X) && has(PromptFileColumn.Y)
        : HasCorners(has)
            || (has(PromptFileColumn.X) && has(PromptFileColumn.Y) && has(PromptFileColumn.Width) && has(PromptFileColumn.Height));

    /// <summary>Reads a row.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="cells">Its values.</param>
    /// <param name="hasCorners">Whether the file has the corners of boxes; then a width and a height are something else.</param>
    /// <param name="labelsArePositive">Whether the label of a point says whether it is on the object.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static PromptRow Read(PromptKind kind, PromptCells cells, bool hasCorners, bool labelsArePositive)
    {
        return new PromptRow(
            cells.Where,
            cells.Text(PromptFileColumn.Image),
            cells.Text(PromptFileColumn.Object),
            kind == PromptKind.Box ? ReadBox(cells, hasCorners) : null,
            kind == PromptKind.Point ? ReadPoint(cells, labelsArePositive) : null,
            labelsArePositive ? null : cells.Text(PromptFileColumn.Label),
            cells.Number(PromptFileColumn.Score));
    }

    /// <summary>Whether a file has the corners of boxes.</summary>
    public static bool HasCorners(Func<PromptFileColumn, bool> has) =>
        has(PromptFileColumn.X0) && has(PromptFileColumn.Y0) && has(PromptFileColumn.X1) && has(PromptFileColumn.Y1);

    /// <summary>Whether a text is the label of a point as SAM 2 has it: on the object or off it.</summary>
    public static bool IsPointLabel(string? text) => text is null or "0" or "1";

    private static BoxXyxy ReadBox(PromptCells cells, bool hasCorners)
    {
        if (hasCorners)
        {
            var (x0, y0) = (cells.Coordinate(PromptFileColumn.X0), cells.Coordinate(PromptFileColumn.Y0));
            var box = new BoxXyxy(x0, y0, cells.Coordinate(PromptFileColumn.X1), cells.Coordinate(PromptFileColumn.Y1));
            return box.X0 < box.X1 && box.Y0 < box.Y1
                ? box
                : throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{cells.Where}: expected x0 below x1 and y0 below y1, found {box.X0},{box.Y0},{box.X1},{box.Y1}."));
        }

        return FromSides(
            cells.Where,
            cells.Coordinate(PromptFileColumn.X),
            cells.Coordinate(PromptFileColumn.Y),
            cells.Coordinate(PromptFileColumn.Width),
            cells.Coordinate(PromptFileColumn.Height));
    }

    /// <summary>A box from its corner and its sides.</summary>
    /// <exception cref="InvalidDataException">It has no area.</exception>
    public static BoxXyxy FromSides(string where, float x, float y, float width, float height) => width > 0 && height > 0
        ? new BoxXyxy(x, y, x + width, y + height)
        : throw new InvalidDataException(string.Create(
            CultureInfo.InvariantCulture, $"{where}: expected a width and a height above 0, found {width} and {height}."));

    private static PointPrompt ReadPoint(PromptCells cells, bool labelsArePositive)
    {
        var column = labelsArePositive ? PromptFileColumn.Label : PromptFileColumn.Positive;
        var label = cells.Text(column)?.ToLowerInvariant() switch
        {
            null or "1" or "true" or "yes" => PointLabel.Foreground,
            "0" or "false" or "no" => PointLabel.Background,
            _ => throw cells.Unlike(column, "1 (on the object) or 0 (off it)"),
        };
        return new PointPrompt(cells.Coordinate(PromptFileColumn.X), cells.Coordinate(PromptFileColumn.Y), label);
    }
}
