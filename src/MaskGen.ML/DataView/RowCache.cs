using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Remembers what was computed for the current row, so that several columns of it cost one computation.</summary>
/// <remarks>Not safe for concurrent use, as rows and cursors are not.</remarks>
internal sealed class RowCache<TResult>(DataViewRow row, RowComputation<TResult> computation, Action onComputed)
{
    private TResult? _result;
    private long _position;
    private bool _isFilled;

    /// <summary>The result for the current row.</summary>
    /// <exception cref="InvalidOperationException">Computing it failed; the message names the row, the inner exception says
    /// why.</exception>
    public TResult Get()
    {
        if (!_isFilled || _position != row.Position)
        {
            // Emptied first: a failure must not leave the result of another row behind.
            _isFilled = false;
            _result = default;
            _position = row.Position;
            _result = Compute();
            _isFilled = true;
            onComputed();
        }

        return _result!;
    }

    private TResult Compute()
    {
        try
        {
            return computation.Compute();
        }
        catch (Exception e) when (e is not (OperationCanceledException or ObjectDisposedException or OutOfMemoryException))
        {
            var name = computation.Describe?.Invoke();
            throw new InvalidOperationException(
                string.IsNullOrEmpty(name) ? $"Row {_position}: {e.Message}" : $"Row {_position} ({name}): {e.Message}", e);
        }
    }
}
