namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Time that passes only when a test says so: then every stall timeout that runs at the moment runs out.</summary>
internal sealed class StallingTime : TimeProvider
{
    private readonly List<Timer> _timers = [];

    /// <summary>The timeout that tests set, to tell its timers from others.</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(12_345);

    /// <summary>Lets timeouts run out, again and again, until a task is done: the one that is meant may not have begun yet.</summary>
    public async Task PassUntilAsync(Task done)
    {
        while (!done.IsCompleted)
        {
            List<Timer> due;
            lock (_timers)
            {
                due = [.. _timers];
                _timers.Clear();
            }

            due.ForEach(t => t.Fire());
            await Task.Yield();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != Timeout)
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        var timer = new Timer(this, callback, state);
        lock (_timers)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    private sealed class Timer(StallingTime owner, TimerCallback callback, object? state) : ITimer
    {
        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            lock (owner._timers)
            {
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
