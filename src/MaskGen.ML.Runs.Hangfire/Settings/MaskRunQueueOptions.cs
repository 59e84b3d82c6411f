using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>How a queue is used. Immutable. All workers of a run should have the same times.</summary>
public sealed record MaskRunQueueOptions
{
    /// <summary>How long a worker may be silent before its shard is given to another, one second or more. A worker that lives says so five
    /// times within it, however long its shard takes.</summary>
    public TimeSpan InvisibilityTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a lock stays that a worker has left because it was killed in the middle of a change of state. Until then its job
    /// cannot be taken.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a worker without a shard asks for one.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a worker that is told to end has to give its shard back. Must be below <see cref="InvisibilityTimeout"/>, within
    /// which nobody else takes it.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long jobs that ended, and what is known of a run, stay in the database.</summary>
    public TimeSpan JobExpiration { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The most connections that are opened at once, 2 or more, where the connection string does not say it.</summary>
    public int MaximumPoolSize { get; init; } = 3;

    /// <summary>The schema of the tables: lower-case letters, digits and underscores.</summary>
    public string Schema { get; init; } = "maskgen";

    /// <summary>What this process is called in the dashboard; null for the name of the machine.</summary>
    public string? Worker { get; init; }

    /// <summary>Hears of what the queue does; null for nobody.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>When a shard that could not be read or written is tried again, in seconds; the last one for all further attempts.</summary>
    internal int[] RetrySeconds { get; init; } = [15, 30, 60, 120, 300, 600];

    /// <summary>Throws where an option is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is not positive, <see cref="InvisibilityTimeout"/> is below a second or not
    /// above <see cref="ShutdownTimeout"/>, or <see cref="MaximumPoolSize"/> is below 2.</exception>
    /// <exception cref="ArgumentException"><see cref="Schema"/> has other characters.</exception>
    public void Validate()
    {
        foreach (var (name, value) in new[]
                 {
                     (nameof(LockTimeout), LockTimeout), (nameof(PollInterval), PollInterval),
                     (nameof(ShutdownTimeout), ShutdownTimeout), (nameof(JobExpiration), JobExpiration),
                 })
        {
            if (value <= TimeSpan.Zero)
            {
                throw new ArgumentOutOfRangeException(name, value, "Expected a time above zero.");
            }
        }

        if (InvisibilityTimeout < TimeSpan.FromSeconds(1) || InvisibilityTimeout <= ShutdownTimeout)
        {
            throw new ArgumentOutOfRangeException(
                nameof(InvisibilityTimeout),
                InvisibilityTimeout,
                $"Expected a second or more, and more than {nameof(ShutdownTimeout)} ({ShutdownTimeout}).");
        }

        if (MaximumPoolSize < 2)
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaximumPoolSize),
                MaximumPoolSize,
                "Expected 2 connections or more: one asks for shards while another says that the worker lives.");
        }

        if (Schema.Length == 0 || !Schema.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_'))
        {
            throw new ArgumentException(
                $"{nameof(Schema)}: expected lower-case letters, digits and underscores, found '{Schema}'.", nameof(Schema));
        }
    }
}
