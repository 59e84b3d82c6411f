using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Remembers what was computed for the current row, so that several columns of it cost one computation.</summary>
/// <param name="row">The row, or the cursor whose current row moves.</param>
/// <param name="computation">Computes the result.</param>
/// <param name="state">The transformer that computes.</param>
/// <param name="failedRows">How failed rows are marked; null where they throw.</param>
/// <remarks>Not safe for concurrent use, as rows and cursors are not.</remarks>
internal sealed class RowCache<TResult>(
    DataViewRow row, RowComputation<TResult> computation, TransformerState state, FailedRows<TResult>? failedRows) : IRowResult<TResult>
{
    private readonly RowErrors _errors = new(row, computation.Describe, state);
    private readonly Func<string?>? _readInputError =
        failedRows?.FindInputErrors(row.Schema) is { } column ? TextReader(row, column) : null;

    private TResult? _result;
    private long _position;
    private bool _isFilled;

    public string? Error { get; private set; }

    /// <summary>The result for the current row.</summary>
    /// <exception cref="InvalidOperationException">Computing it failed; the message names the row, the inner exception says
    /// why.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public TResult Get()
    {
        if (!_isFilled || _position != row.Position)
        {
            // Emptied first: a failure must not leave the result of another row behind.
            _isFilled = false;
            _result = default;
            Error = null;
            _position = row.Position;
            state.ThrowIfDisposed();
            _result = Compute();
            _isFilled = true;
            state.CountRow();
        }

        return _result!;
    }

    public Exception? Explain(Exception error) => _errors.Explain(error);

    private TResult Compute()
    {
        try
        {
            Error = _readInputError?.Invoke();
            return Error is null ? computation.Compute() : failedRows!.Missing;
        }
        catch (Exception e) when (failedRows is not null && RowErrors.FailureText(e) is { } text)
        {
            Error = text;
            return failedRows.Missing;
        }
        catch (Exception e)
        {
            if (_errors.Explain(e) is { } explained)
            {
                throw explained;
            }

            throw;
        }
    }

    private static Func<string?> TextReader(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getter(ref text);
            return text.IsEmpty ? null : text.ToString();
        };
    }
}
