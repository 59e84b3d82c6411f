using System.Collections.Concurrent;

namespace MaskGen.ML.Web;

/// <summary>Counts the requests of each user that wait or are computed, and refuses more than there may be.</summary>
/// <param name="limit">How many one user may have.</param>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class UserQueues(int limit)
{
    // What a request is expected to take where nothing is known yet.
    private const double FirstGuess = 20;

    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private double _milliseconds = FirstGuess;

    /// <summary>Takes a place.</summary>
    /// <returns>Disposed when the request is done.</returns>
    /// <exception cref="WebProblem">The user has as many already.</exception>
    public QueuePlace Enter(string user)
    {
        if (_counts.AddOrUpdate(user, 1, (_, count) => count + 1) > limit)
        {
            Leave(user);
            throw WebProblem.Busy($"Expected at most {limit} requests of one user at a time, found more.", Wait());
        }

        return new QueuePlace(this, user);
    }

    /// <summary>Tells how long a request took, from which the time to wait is guessed.</summary>
    public void Took(double milliseconds) => _milliseconds = (0.9 * Volatile.Read(ref _milliseconds)) + (0.1 * milliseconds);

    // By then half of the queue should be done.
    private TimeSpan Wait() => TimeSpan.FromMilliseconds(Math.Clamp(limit / 2 * Volatile.Read(ref _milliseconds), 20, 10_000));

    private void Leave(string user)
    {
        if (_counts.AddOrUpdate(user, 0, (_, count) => count - 1) <= 0)
        {
            // Only if nobody has come meanwhile.
            _counts.TryRemove(new KeyValuePair<string, int>(user, 0));
        }
    }

    /// <summary>A place in the queue.</summary>
    internal sealed class QueuePlace(UserQueues queues, string user) : IDisposable
    {
        private bool _isLeft;

        public void Dispose()
        {
            if (!_isLeft)
            {
                _isLeft = true;
                queues.Leave(user);
            }
        }
    }
}
