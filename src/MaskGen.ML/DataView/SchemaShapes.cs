using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Shapes of schemas, which ML.NET makes only inside itself.</summary>
internal static class SchemaShapes
{
    /// <summary>What an estimator is told of data with this schema.</summary>
    public static SchemaShape Of(DataViewSchema schema) => SchemaShape.Create(schema);

    /// <summary>What an estimator promises: its columns added, those of the same name hidden.</summary>
    /// <param name="inputSchema">What it was told.</param>
    /// <param name="read">The columns that it reads.</param>
    /// <param name="added">The columns that it adds.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that it reads is missing or of another type.</exception>
    public static SchemaShape Extend(SchemaShape inputSchema, IEnumerable<InputColumn> read, IEnumerable<SchemaShape.Column> added)
    {
        foreach (var column in read)
        {
            column.Check(inputSchema);
        }

        var outputs = added.ToList();
        return new SchemaShape([.. inputSchema.Where(column => outputs.TrueForAll(output => output.Name != column.Name)), .. outputs]);
    }
}
