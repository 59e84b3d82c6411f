namespace MaskGen.ML.Web;

/// <summary>Lets so many in at once: those of high priority before those of low, in the order of their coming.</summary>
/// <param name="capacity">How many may be inside.</param>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class WorkGate(int capacity)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _high = [];
    private readonly LinkedList<TaskCompletionSource> _low = [];
    private int _inside;

    /// <summary>How many wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _high.Count + _low.Count;
            }
        }
    }

    /// <summary>Waits to be let in.</summary>
    /// <param name="isHigh">The priority.</param>
    /// <param name="cancellationToken">Gives the place up.</param>
    /// <returns>Disposed by whoever leaves.</returns>
    public async ValueTask<GatePass> EnterAsync(bool isHigh, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_inside < capacity)
            {
                _inside++;
                return new GatePass(this);
            }

            place = (isHigh ? _high : _low).AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        using (cancellationToken.UnsafeRegister(_ => GiveUp(place, cancellationToken), null))
        {
            await place.Value.Task.ConfigureAwait(false);
        }

        return new GatePass(this);
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Whoever has been let in meanwhile has no list any more.
            if (place.List is not { } list)
            {
                return;
            }

            list.Remove(place);
        }

        place.Value.TrySetCanceled(cancellationToken);
    }

    private void Leave()
    {
        lock (_lock)
        {
            var next = _high.First ?? _low.First;
            if (next is null)
            {
                _inside--;
                return;
            }

            next.List!.Remove(next);
            next.Value.TrySetResult();
        }
    }

    /// <summary>The right to be inside. Disposed once.</summary>
    internal readonly struct GatePass(WorkGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave();
    }
}
