namespace MaskGen.ML.DataView;

/// <summary>A stage bound to a row, or to a cursor whose current row moves.</summary>
/// <param name="Compute">Computes the result of the current row.</param>
/// <param name="Describe">What a person knows the current row by, such as the path of its image, or null; asked for when something
/// failed.</param>
internal readonly record struct RowComputation<TResult>(Func<TResult> Compute, Func<string?>? Describe = null);
