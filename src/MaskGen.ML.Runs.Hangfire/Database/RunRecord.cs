using System.Globalization;
using Hangfire.Storage;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>What is known of a submitted run in the database. It goes when nobody has submitted the run or worked at it for long.</summary>
/// <param name="database">The database.</param>
/// <param name="runId">Id of the run.</param>
/// <param name="lifetime">How long it stays after the last word of it.</param>
internal sealed class RunRecord(QueueDatabase database, string runId, TimeSpan lifetime)
{
    private const string AddressField = "address";
    private const string SubmittedField = "submitted";
    private const string CompleteField = "complete";
    private const int RenewalsPerLifetime = 4;

    // A timer takes no more than 49 days.
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(7);

    private readonly string _key = QueueName.Record(runId);

    /// <summary>How often a worker is to say that the run is worked at.</summary>
    public TimeSpan RenewalPause => lifetime / RenewalsPerLifetime < LongestPause ? lifetime / RenewalsPerLifetime : LongestPause;

    /// <summary>Notes that shards of the run are being put into the queue.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public Task BeginAsync(string address) => WriteAsync(
        new Dictionary<string, string> { [AddressField] = address, [SubmittedField] = Now() }, isNew: true);

    /// <summary>Notes that all of them are in it.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public Task CompleteAsync() => WriteAsync(new Dictionary<string, string> { [CompleteField] = Now() }, isNew: false);

    /// <summary>Whether all shards of the run were put into the queue: only then says an empty queue that nothing more will come.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public Task<bool> IsCompleteAsync() => database.UseAsync(storage =>
    {
        using var connection = storage.GetConnection();
        return connection.GetAllEntriesFromHash(_key)?.ContainsKey(CompleteField) == true;
    });

    /// <summary>Says that the run is worked at.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public Task RenewAsync() => database.UseAsync(storage =>
    {
        using var connection = storage.GetConnection();
        using var transaction = (JobStorageTransaction)connection.CreateWriteTransaction();
        transaction.ExpireHash(_key, lifetime);
        transaction.Commit();
        return true;
    });

    /// <summary>All of them, the one that was submitted last first.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public static Task<IReadOnlyList<(string Id, string Address, DateTimeOffset Submitted)>> ListAsync(QueueDatabase database) =>
        database.UseAsync<IReadOnlyList<(string Id, string Address, DateTimeOffset Submitted)>>(storage =>
        {
            using var connection = storage.GetConnection();
            var runs = new List<(string Id, string Address, DateTimeOffset Submitted)>();
            foreach (var id in connection.GetAllItemsFromSet(QueueName.Runs))
            {
                if (connection.GetAllEntriesFromHash(QueueName.Record(id)) is not { } record)
                {
                    // It has gone meanwhile.
                    using var transaction = connection.CreateWriteTransaction();
                    transaction.RemoveFromSet(QueueName.Runs, id);
                    transaction.Commit();
                }
                else if (record.TryGetValue(AddressField, out var address)
                    && record.TryGetValue(SubmittedField, out var text)
                    && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var submitted))
                {
                    runs.Add((id, address, submitted));
                }
            }

            return [.. runs.OrderByDescending(run => run.Submitted)];
        });

    private static string Now() => DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture);

    private Task WriteAsync(Dictionary<string, string> fields, bool isNew) => database.UseAsync(storage =>
    {
        using var connection = storage.GetConnection();
        using var transaction = (JobStorageTransaction)connection.CreateWriteTransaction();
        if (isNew)
        {
            transaction.AddToSet(QueueName.Runs, runId);
        }

        transaction.SetRangeInHash(_key, fields);
        transaction.ExpireHash(_key, lifetime);
        transaction.Commit();
        return true;
    });
}
