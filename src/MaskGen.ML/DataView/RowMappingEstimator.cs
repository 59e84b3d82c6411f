using MaskGen.ML.DataView;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>What the estimators of this library share: they learn nothing from data, so fitting reads no rows.</summary>
/// <typeparam name="TTransformer">The transformer that fitting gives.</typeparam>
/// <remarks>Immutable and safe for concurrent use. Not meant to be derived from elsewhere.</remarks>
public abstract class RowMappingEstimator<TTransformer> : IEstimator<TTransformer>
    where TTransformer : RowMappingTransformer
{
    private protected RowMappingEstimator(IHostEnvironment environment)
    {
        Environment = environment;
    }

    private protected IHostEnvironment Environment { get; }

    /// <summary>Checks the schema and gives the transformer. Reads no rows.</summary>
    /// <param name="input">Data with the schema of what is to be transformed.</param>
    /// <returns>The transformer; it holds weights once it has been used, so dispose it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        return MakeTransformer();
    }

    /// <summary>The shape of the schema with the columns of the stage added.</summary>
    /// <param name="inputSchema">Shape of the schema of the data to come.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var inputs = GetInputs(
            name => inputSchema.TryFindColumn(name, out var column) && column.Kind != SchemaShape.Column.VectorKind.Scalar
                ? column.ItemType
                : null);
        return SchemaShapes.Extend(inputSchema, inputs, Outputs);
    }

    /// <summary>The columns that the stage reads.</summary>
    /// <param name="vectorItem">Tells of what type the items of a column of vectors are; null for another column, and for one that does
    /// not exist.</param>
    /// <exception cref="ArgumentOutOfRangeException">The stage cannot work with a column of that type.</exception>
    private protected abstract IEnumerable<InputColumn> GetInputs(Func<string, DataViewType?> vectorItem);

    /// <summary>The columns that the stage adds.</summary>
    private protected abstract IEnumerable<SchemaShape.Column> Outputs { get; }

    private protected abstract TTransformer MakeTransformer();
}
