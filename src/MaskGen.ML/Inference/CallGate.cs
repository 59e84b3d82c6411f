namespace MaskGen.ML.Inference;

/// <summary>Lets calls in until it is closed, and closes only when those inside are out: what they use may be freed then.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class CallGate
{
    private readonly object _lock = new();
    private int _inside;
    private bool _isClosed;

    /// <summary>Goes in; disposing the result goes out.</summary>
    /// <param name="owner">What is called, for the exception.</param>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public Pass Enter(object owner)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, owner);
            _inside++;
        }

        return new Pass(this);
    }

    /// <summary>Lets nobody in any more and waits for those inside.</summary>
    /// <returns>False where it was closed before, by whoever frees what is behind it.</returns>
    public bool Close()
    {
        lock (_lock)
        {
            var isFirst = !_isClosed;
            _isClosed = true;
            while (_inside > 0)
            {
                Monitor.Wait(_lock);
            }

            return isFirst;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_inside == 0)
            {
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>One call inside.</summary>
    public readonly struct Pass(CallGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave();
    }
}
