namespace MaskGen.ML.Runs;

/// <summary>What is known of attempts at one shard.</summary>
/// <remarks>Nothing here decides who may work: two workers at one shard are harmless. It decides when an image, or a shard, is given
/// up.</remarks>
internal sealed class ShardAttempts(MaskRunStore store, int shard, WorkerProcess worker)
{
    /// <summary>Attempts that may die before a shard is given up.</summary>
    public const int Most = 6;

    /// <summary>Attempts that may die at one image before the image is given up.</summary>
    public const int MostAtAnImage = 2;

    private readonly string _own = $"{RunNames.AttemptsAt(shard)}{Guid.NewGuid():N}.json";
    private AttemptNote? _note;

    /// <summary>Attempts by others that have not ended in order, as far as can be told from here.</summary>
    public Task<IReadOnlyList<AttemptNote>> DeadAsync(CancellationToken cancellationToken) =>
        DeadAsync(store, shard, _own, cancellationToken);

    /// <summary>Whether so many attempts have died at a shard that it is not tried again.</summary>
    public static async Task<bool> IsGivenUpAsync(MaskRunStore store, int shard, CancellationToken cancellationToken) =>
        (await DeadAsync(store, shard, own: null, cancellationToken).ConfigureAwait(false)).Count >= Most;

    private static async Task<IReadOnlyList<AttemptNote>> DeadAsync(
        MaskRunStore store, int shard, string? own, CancellationToken cancellationToken)
    {
        var notes = new List<AttemptNote>();
        await foreach (var item in store.ListAsync(RunNames.AttemptsAt(shard), cancellationToken).ConfigureAwait(false))
        {
            // It may be taken away at this moment.
            if (item.Name != own && await store.TryReadAsync(item.Name, cancellationToken).ConfigureAwait(false) is { } json
                && RunJson.Read<AttemptNote>(json, item.Name) is var note && !WorkerProcess.IsSeenAlive(note.Mark))
            {
                notes.Add(note);
            }
        }

        return notes;
    }

    /// <summary>Images at which so many attempts have died that they are not tried again.</summary>
    public static IReadOnlySet<string> Fatal(IEnumerable<AttemptNote> dead) => dead
        .Where(note => note.Image is not null)
        .GroupBy(note => note.Image!, StringComparer.Ordinal)
        .Where(image => image.Count() >= MostAtAnImage)
        .Select(image => image.Key)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Notes that an attempt begins.</summary>
    public Task BeginAsync(CancellationToken cancellationToken)
    {
        _note = new AttemptNote { Worker = worker.Name, Mark = worker.Mark, Started = DateTimeOffset.UtcNow };
        return store.WriteAsync(_own, RunJson.Write(_note), cancellationToken);
    }

    /// <summary>Notes which image is worked at from now on; null for none.</summary>
    public Task NoteAsync(string? image, CancellationToken cancellationToken)
    {
        _note = _note! with { Image = image };
        return store.WriteAsync(_own, RunJson.Write(_note), cancellationToken);
    }

    /// <summary>Notes that the attempt has ended in order, whatever came of it.</summary>
    public async Task EndAsync()
    {
        try
        {
            if (_note is not null)
            {
                await store.DeleteAsync(_own, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Storage is gone; then this attempt counts as one that died, of which a shard has several.
        }
    }

    /// <summary>Forgets all attempts, so that a shard that was given up is tried again.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await foreach (var item in store.ListAsync(RunNames.AttemptsAt(shard), cancellationToken).ConfigureAwait(false))
        {
            await store.DeleteAsync(item.Name, cancellationToken).ConfigureAwait(false);
        }
    }
}
