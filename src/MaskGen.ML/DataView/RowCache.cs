using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Remembers what was computed for the current row, so that several columns of it cost one computation.</summary>
/// <remarks>Not safe for concurrent use, as rows and cursors are not.</remarks>
internal sealed class RowCache<TResult>(DataViewRow row, RowComputation<TResult> computation, TransformerState state) : IRowResult<TResult>
{
    private readonly RowErrors _errors = new(row, computation.Describe, state);
    private TResult? _result;
    private long _position;
    private bool _isFilled;

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
            return computation.Compute();
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
}
