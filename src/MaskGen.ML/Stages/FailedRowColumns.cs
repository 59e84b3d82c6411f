using MaskGen.ML.DataView;
using Microsoft.ML;

namespace MaskGen.ML.Stages;

/// <summary>The column in which failed rows are marked, where the options of a stage ask for it.</summary>
internal static class FailedRowColumns
{
    /// <summary>What is promised of it before there is data.</summary>
    /// <param name="behavior">What the options of the stage say.</param>
    /// <param name="columns">Columns of the stage.</param>
    public static IEnumerable<SchemaShape.Column> Shape(FailedRowBehavior behavior, StageColumns columns) =>
        behavior == FailedRowBehavior.Mark
            ? [OutputColumn.Error<object>(ColumnNames.Of(columns.Output, ColumnNames.Error)).Shape]
            : [];

    /// <summary>How failed rows are marked, or null where they throw.</summary>
    /// <param name="behavior">What the options of the stage say.</param>
    /// <param name="columns">Columns of the stage.</param>
    /// <param name="missing">What a row without an image gives.</param>
    public static FailedRows<TResult>? Marked<TResult>(FailedRowBehavior behavior, StageColumns columns, TResult missing) =>
        behavior == FailedRowBehavior.Mark
            ? new FailedRows<TResult>(
                ColumnNames.Of(columns.Output, ColumnNames.Error), ColumnNames.Of(columns.Input, ColumnNames.Error), missing)
            : null;
}
