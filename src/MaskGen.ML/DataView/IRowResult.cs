namespace MaskGen.ML.DataView;

/// <summary>Where the getters of a stage's columns find the result of the current row.</summary>
/// <remarks>Not safe for concurrent use, as rows and cursors are not.</remarks>
internal interface IRowResult<out TResult>
{
    /// <summary>The result for the current row, computed at most once. What it throws has been explained already.</summary>
    TResult Get();

    /// <summary>Why the current row could not be computed, where failed rows are marked; null where it could. To be asked for after
    /// <see cref="Get"/>.</summary>
    string? Error { get; }

    /// <summary>Names the row in an error that came up while a value was made from the result; see
    /// <see cref="RowErrors.Explain"/>.</summary>
    Exception? Explain(Exception error);
}
