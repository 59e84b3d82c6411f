namespace MaskGen.ML.DataView;

/// <summary>What a transformer shares with the views, cursors and sessions made from it: whether it is disposed, and how many rows were
/// computed.</summary>
/// <param name="name">Name of the transformer, for messages.</param>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class TransformerState(string name)
{
    private int _isDisposed;
    private long _computedRows;

    /// <summary>Whether the transformer was disposed.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    /// <summary>Rows computed so far, over all cursors.</summary>
    public long ComputedRows => Interlocked.Read(ref _computedRows);

    public void CountRow() => Interlocked.Increment(ref _computedRows);

    /// <summary>Marks the transformer as disposed.</summary>
    /// <returns>False where it was disposed before.</returns>
    public bool TryDispose() => Interlocked.Exchange(ref _isDisposed, 1) == 0;

    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public void ThrowIfDisposed()
    {
        if (IsDisposed)
        {
            throw DisposedError();
        }
    }

    /// <summary>The error of whoever uses the transformer after it was disposed; says what usually disposed it.</summary>
    public ObjectDisposedException DisposedError() => new(
        name,
        $"{name} was disposed, so it, its views and its cursors can compute no more rows. A PredictionEngine disposes its model together "
        + "with itself unless PredictionEngineOptions.OwnsTransformer is false.");
}
