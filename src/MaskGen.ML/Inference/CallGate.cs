namespace MaskGen.ML.Inference;

/// <summary>Blocks new calls once closed and waits for those in flight: what they use may be freed then.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class CallGate
{
    private readonly object _lock = new();
    private int _inFlight;
    private bool _isClosed;

    /// <summary>Begins a call; disposing the result ends it.</summary>
    /// <param name="owner">What is called, for the exception.</param>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public CallInFlight Enter(object owner)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, owner);
            _inFlight++;
        }

        return new CallInFlight(this);
    }

    /// <summary>Blocks new calls and waits for those in flight.</summary>
    /// <returns>False if it was closed before: then another caller frees what is behind it.</returns>
    public bool Close()
    {
        lock (_lock)
        {
            var isFirst = !_isClosed;
            _isClosed = true;
            while (_inFlight > 0)
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
            if (--_inFlight == 0)
            {
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>A call in flight.</summary>
    public readonly struct CallInFlight(CallGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave();
    }
}
