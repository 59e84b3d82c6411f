using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Shapes of schemas, which ML.NET makes only inside itself.</summary>
internal static class SchemaShapes
{
    /// <summary>What an estimator is told of data with this schema.</summary>
    public static SchemaShape Of(DataViewSchema schema) => SchemaShape.Create(schema);
}
