using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.DataView;

/// <summary>What becomes of a row that cannot be computed, in a stage that marks such rows and goes on.</summary>
/// <typeparam name="TResult">What is computed once per row.</typeparam>
/// <param name="ErrorColumn">Name of the text column that is added: why the row failed, empty where it did not.</param>
/// <param name="InputErrorColumn">Name of the column in which the stage before has marked its failed rows, if there is such a one: they
/// are failed rows of this stage as well.</param>
/// <param name="Missing">What the other columns are made from in a failed row.</param>
internal sealed record FailedRows<TResult>(string ErrorColumn, string InputErrorColumn, TResult Missing)
{
    /// <summary>The column in which the stage before has marked its failed rows, or null.</summary>
    public DataViewSchema.Column? FindInputErrors(DataViewSchema inputSchema) =>
        inputSchema.GetColumnOrNull(InputErrorColumn) is { Type: TextDataViewType } column ? column : null;
}
