using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Columns of a schema: those that a caller names, and those that a stage adds.</summary>
internal static class SchemaColumns
{
    /// <summary>The schema with columns added at its end.</summary>
    public static DataViewSchema With<TResult>(this DataViewSchema schema, IEnumerable<OutputColumn<TResult>> added)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(schema);
        foreach (var column in added)
        {
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        }

        return builder.ToSchema();
    }

    /// <summary>For every column of the schema whether it is among those that are wanted.</summary>
    /// <exception cref="ArgumentException">A column is of another schema.</exception>
    public static bool[] ActiveColumns(this DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        var isActive = new bool[schema.Count];
        foreach (var column in columns)
        {
            if (column.Index >= isActive.Length || schema[column.Index].Name != column.Name)
            {
                throw new ArgumentException($"Column '{column.Name}' is not one of this view.", nameof(columns));
            }

            isActive[column.Index] = true;
        }

        return isActive;
    }

    /// <summary>Index of a column of the schema.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The schema has no column there.</exception>
    public static int CheckedIndex(this DataViewSchema schema, DataViewSchema.Column column) =>
        column.Index < schema.Count
            ? column.Index
            : throw new ArgumentOutOfRangeException(
                nameof(column), $"Expected a column of this schema, found '{column.Name}' at index {column.Index}.");
}
