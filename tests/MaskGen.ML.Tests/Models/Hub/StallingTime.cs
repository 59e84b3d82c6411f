namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Time in which a stall timeout runs out when a test says so, and a second passes whenever somebody looks at the clock.</summary>
internal sealed class StallingTime : TimeProvider
{
    private long _seconds;
    private int _expireNext;

    /// <summary>The timeout that tests set, to tell its timers from others.</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(12_345);

    public override long TimestampFrequency => 1;

    /// <summary>Lets the next stall timeout that begins run out at once.</summary>
    public void ExpireNext() => Interlocked.Exchange(ref _expireNext, 1);

    public override long GetTimestamp() => Interlocked.Increment(ref _seconds);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != Timeout)
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        if (Interlocked.Exchange(ref _expireNext, 0) == 1)
        {
            ThreadPool.QueueUserWorkItem(_ => callback(state));
        }

        return new Timer();
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
