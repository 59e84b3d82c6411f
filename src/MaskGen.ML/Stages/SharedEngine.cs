namespace MaskGen.ML.Stages;

/// <summary>The one thing of a transformer that holds weights: made when a cursor first needs it, shared by all of them.</summary>
/// <remarks>Safe for concurrent use. A failure to make it is not remembered, so that it can be tried again.</remarks>
internal sealed class SharedEngine<TEngine>(Func<TEngine> create) : IDisposable
    where TEngine : class, IDisposable
{
    private readonly object _gate = new();
    private TEngine? _engine;
    private bool _isDisposed;

    /// <summary>How often it was made.</summary>
    public int CreatedCount { get; private set; }

    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public TEngine Get()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_engine is null)
            {
                _engine = create();
                CreatedCount++;
            }

            return _engine;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _engine?.Dispose();
            _engine = null;
        }
    }
}
