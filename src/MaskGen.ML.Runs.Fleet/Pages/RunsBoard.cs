using MaskGen.ML.Cli.Display;
using MaskGen.ML.Runs.Hangfire;

namespace MaskGen.ML.Runs.Fleet;

/// <summary>A run as the page shows it: by what is in its store.</summary>
internal sealed record BoardRun
{
    /// <summary>Where it is kept, and since when.</summary>
    public required SubmittedMaskRun Run { get; init; }

    /// <summary>How far it is; null while that is being read for the first time, or where it cannot be.</summary>
    public MaskRunStatus? Status { get; init; }

    /// <summary>When the store was looked at.</summary>
    public DateTimeOffset? Read { get; init; }

    /// <summary>Why the store could not be read the last time; null if it could.</summary>
    public string? Error { get; init; }
}

/// <summary>Finds out how far runs are, each in its own time: a large one in a bucket takes minutes the first time, and no page waits for
/// that. Safe for concurrent use.</summary>
internal sealed class RunsBoard(MaskRunQueue queue) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>The runs that were submitted lately, the last one first.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public async Task<IReadOnlyList<BoardRun>> ReadAsync(CancellationToken cancellationToken)
    {
        var submitted = await queue.ListAsync(cancellationToken);
        List<Entry> entries;
        lock (_lock)
        {
            entries = [.. submitted.Select(EntryOf)];
            foreach (var id in _entries.Keys.Except(submitted.Select(run => run.Id)).ToList())
            {
                _entries[id].Dispose();
                _entries.Remove(id);
            }
        }

        var reading = Task.WhenAll(entries.Select(entry => entry.RefreshAsync()));
        await Task.WhenAny(reading, Task.Delay(Patience, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return [.. entries.Select(entry => entry.Shown)];
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var entry in _entries.Values)
            {
                entry.Dispose();
            }
        }
    }

    // It may have been submitted from another place meanwhile.
    private Entry EntryOf(SubmittedMaskRun run)
    {
        if (!_entries.TryGetValue(run.Id, out var entry) || entry.Shown.Run.Address != run.Address)
        {
            entry?.Dispose();
            _entries[run.Id] = entry = new Entry(run);
        }

        return entry;
    }

    private sealed class Entry(SubmittedMaskRun run) : IDisposable
    {
        private readonly Lock _lock = new();
        private volatile BoardRun _shown = new() { Run = run };
        private Task? _reading;
        private MaskRun? _opened;
        private long _readAt;

        public BoardRun Shown => _shown;

        public Task RefreshAsync()
        {
            lock (_lock)
            {
                var isFresh = _readAt != 0 && TimeProvider.System.GetElapsedTime(_readAt) < Fresh;
                if (_reading is null or { IsCompleted: true } && !isFresh)
                {
                    _reading = Task.Run(ReadAsync);
                }

                return _reading ?? Task.CompletedTask;
            }
        }

        public void Dispose() => _opened?.Dispose();

        private async Task ReadAsync()
        {
            try
            {
                _opened ??= await MaskRun.OpenAsync(MaskRunStore.Open(run.Address));
                if (_opened.Id != run.Id)
                {
                    _opened.Dispose();
                    _opened = null;
                    throw new InvalidDataException("There is another run at this place now.");
                }

                var status = await _opened.GetStatusAsync();
                _shown = new BoardRun { Run = run, Status = status, Read = DateTimeOffset.UtcNow };
            }
            catch (Exception e)
            {
                // One run that cannot be read is no reason not to show the others.
                _shown = _shown with { Error = ErrorMessages.Of(e) };
            }

            lock (_lock)
            {
                _readAt = TimeProvider.System.GetTimestamp();
            }
        }
    }
}
