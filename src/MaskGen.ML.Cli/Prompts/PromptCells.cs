using System.Globalization;
using MaskGen.ML.Cli.Options;

namespace MaskGen.ML.Cli.Prompts;

/// <summary>The values of one row of a file of prompts, whatever the file's format.</summary>
/// <param name="where">File and row, for messages: <c>boxes.csv, row 5</c>.</param>
/// <param name="values">The values that are there and not empty.</param>
internal sealed class PromptCells(string where, IReadOnlyDictionary<PromptFileColumn, PromptCells.NamedText> values)
{
    /// <summary>File and row.</summary>
    public string Where => where;

    public bool Has(PromptFileColumn column) => values.ContainsKey(column);

    /// <summary>A text; null where there is none.</summary>
    public string? Text(PromptFileColumn column) => values.TryGetValue(column, out var cell) ? cell.Text : null;

    /// <summary>A number that must be there.</summary>
    /// <exception cref="InvalidDataException">It is missing, or no number.</exception>
    public float Coordinate(PromptFileColumn column) => (float)(Number(column)
        ?? throw new InvalidDataException($"{where}, column {column.Names[0]}: expected a number, found nothing."));

    /// <summary>A number; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is no number that a 32-bit float can hold.</exception>
    public double? Number(PromptFileColumn column)
    {
        if (!values.TryGetValue(column, out var cell))
        {
            return null;
        }

        return NumberOptions.TryParse(cell.Text, NumberStyles.Float, out double number) && float.IsFinite((float)number)
            ? number
            : throw Unlike(column, "a number, with a point for decimals");
    }

    /// <summary>The error of a value that is not what it should be.</summary>
    public InvalidDataException Unlike(PromptFileColumn column, string expected) =>
        new($"{where}, column {values[column].Name}: expected {expected}, found '{values[column].Text}'.");

    /// <param name="Name">The name of the column in the file.</param>
    /// <param name="Text">The value.</param>
    internal readonly record struct NamedText(string Name, string Text);
}
