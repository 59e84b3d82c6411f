namespace MaskGen.ML.Web;

/// <summary>Of each user's previews at most one is computed at a time, and of those that come meanwhile the newest is next: the others are
/// of no use any more.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class PreviewSlots
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource<bool>?> _users = new(StringComparer.Ordinal);

    /// <summary>Waits for the user's turn.</summary>
    /// <returns>False when a newer preview has overtaken this one; after true, <see cref="Leave"/> is called.</returns>
    public async Task<bool> EnterAsync(string user, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource<bool> turn;
        lock (_lock)
        {
            if (!_users.TryGetValue(user, out var waiting))
            {
                _users[user] = null;
                return true;
            }

            waiting?.TrySetResult(false);
            turn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            _users[user] = turn;
        }

        using (cancellationToken.UnsafeRegister(_ => turn.TrySetCanceled(cancellationToken), null))
        {
            return await turn.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Lets the next preview of the user in.</summary>
    public void Leave(string user)
    {
        lock (_lock)
        {
            // One that was cancelled has given up its turn.
            if (_users.TryGetValue(user, out var waiting) && waiting?.TrySetResult(true) == true)
            {
                _users[user] = null;
                return;
            }

            _users.Remove(user);
        }
    }
}
