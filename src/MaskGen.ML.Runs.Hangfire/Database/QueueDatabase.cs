using System.Data;
using System.Globalization;
using System.Net.Sockets;
using System.Transactions;
using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Npgsql;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>The database of a queue: Hangfire's tables in a schema of their own. Safe for concurrent use.</summary>
internal sealed class QueueDatabase : IDisposable
{
    // The class of its errors that are about users and passwords.
    private const string Authorization = "28";

    private readonly NpgsqlConnectionStringBuilder _address;
    private readonly string _schema;

    private QueueDatabase(NpgsqlConnectionStringBuilder address, string schema, JobStorage storage) =>
        (_address, _schema, Storage) = (address, schema, storage);

    /// <summary>The tables as Hangfire uses them.</summary>
    public JobStorage Storage { get; }

    /// <summary>Most connections of this process.</summary>
    public int Connections => _address.MaxPoolSize;

    /// <summary>What it is called in messages.</summary>
    public string Name => QueueAddress.Name(_address);

    /// <summary>Connects, and makes the tables where there are none.</summary>
    /// <exception cref="ArgumentException">The connection string is none.</exception>
    /// <exception cref="IOException">The database cannot be reached; worth another attempt.</exception>
    /// <exception cref="UnauthorizedAccessException">It does not let this user in, or not make tables.</exception>
    public static async Task<QueueDatabase> OpenAsync(
        string connectionString, MaskRunQueueOptions options, CancellationToken cancellationToken)
    {
        var address = QueueAddress.Parse(connectionString, options);
        var storage = await CallAsync(
            address, () => PrepareAsync(address.ConnectionString, options, cancellationToken)).ConfigureAwait(false);
        return new QueueDatabase(address, options.Schema, storage);
    }

    /// <summary>The shards of a run that will be given to workers: those in its queue, with a worker or without, and those that are tried
    /// again later.</summary>
    /// <remarks>In one statement, so that a job that moves from one to the other at this moment is seen. The tables are those of the
    /// version of Hangfire.PostgreSql that this is built with.</remarks>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public async Task<IReadOnlySet<int>> QueuedShardsAsync(string runId, CancellationToken cancellationToken)
    {
        var found = await CallAsync(_address, async () =>
        {
            var connection = await ConnectAsync(_address.ConnectionString, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await ReadAsync(connection, QueueName.Of(runId), cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        return found;
    }

    /// <summary>Does something with the tables, and says errors of the database in words.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    /// <exception cref="UnauthorizedAccessException">It does not allow it.</exception>
    public Task<T> UseAsync<T>(Func<JobStorage, T> use) => CallAsync(_address, () => Task.Run(() => use(Storage)));

    public void Dispose()
    {
        using var connection = new NpgsqlConnection(_address.ConnectionString);
        NpgsqlConnection.ClearPool(connection);
    }

    // Of the same pool as Hangfire's: all together are no more than was said.
    private static async Task<NpgsqlConnection> ConnectAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<HashSet<int>> ReadAsync(NpgsqlConnection connection, string queue, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(
            $"""
            select j.arguments->>1 from "{_schema}".job j
            where exists (select 1 from "{_schema}".jobqueue q where q.jobid = j.id and q.queue = $1)
              or (j.statename = 'Scheduled' and j.invocationdata->>'Queue' = $1)
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = queue });
            var shards = new HashSet<int>();
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (!reader.IsDBNull(0) && int.TryParse(reader.GetString(0), CultureInfo.InvariantCulture, out var shard))
                    {
                        shards.Add(shard);
                    }
                }
            }

            return shards;
        }
    }

    private static async Task<JobStorage> PrepareAsync(
        string connectionString, MaskRunQueueOptions options, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(connectionString, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // One at a time: workers that start together would make the same tables.
            await ScalarAsync("select pg_advisory_lock(hashtext('maskgen-fleet'))").ConfigureAwait(false);
            try
            {
                var table = await ScalarAsync($"select to_regclass('\"{options.Schema}\".job')::text").ConfigureAwait(false);
                var storage = await Task.Run(() => CreateStorage(connectionString, options), cancellationToken).ConfigureAwait(false);
                if (table is null or DBNull)
                {
                    // Jobs are numbered from the time of day on. A worker may still have a job of a database that was lost: no job of
                    // the new one must have its number, or the worker would end a job that another one does.
                    var first = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
                    await ScalarAsync($"select setval('\"{options.Schema}\".job_id_seq', {first.ToString(CultureInfo.InvariantCulture)})")
                        .ConfigureAwait(false);
                }

                return storage;
            }
            finally
            {
                await UnlockAsync(connection).ConfigureAwait(false);
            }
        }

        async Task<object?> ScalarAsync(string sql)
        {
            var command = new NpgsqlCommand(sql, connection);
            await using (command.ConfigureAwait(false))
            {
                return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // A connection that is broken holds no lock, and what broke it has been said.
    private static async Task UnlockAsync(NpgsqlConnection connection)
    {
        if (connection.State != ConnectionState.Open)
        {
            return;
        }

        try
        {
            var command = new NpgsqlCommand("select pg_advisory_unlock(hashtext('maskgen-fleet'))", connection);
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException)
        {
            // Broken at this moment.
        }
    }

    private static PostgreSqlStorage CreateStorage(string connectionString, MaskRunQueueOptions options)
    {
        var storage = new PostgreSqlStorageOptions
        {
            SchemaName = options.Schema,
            UseSlidingInvisibilityTimeout = true,
            InvisibilityTimeout = options.InvisibilityTimeout,
            DistributedLockTimeout = options.LockTimeout,
            QueuePollInterval = options.PollInterval,

            // Connected already; an error is ours to say.
            StartupConnectionMaxRetries = 0,
            AllowDegradedModeWithoutStorage = false,
        };
        return new PostgreSqlStorage(new NpgsqlConnectionFactory(connectionString, storage), storage)
        {
            JobExpirationTimeout = options.JobExpiration,
        };
    }

    private static async Task<T> CallAsync<T>(NpgsqlConnectionStringBuilder address, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (Said(address, e) is { } said)
        {
            throw said;
        }
    }

    // Null for what is no error of the database.
    private static Exception? Said(NpgsqlConnectionStringBuilder address, Exception error) => error switch
    {
        AggregateException { InnerExceptions: [var first, ..] } => Said(address, first),

        // What Hangfire and transactions put around what the database said.
        BackgroundJobClientException or InvalidOperationException or TransactionException when error.InnerException is { } inner =>
            Said(address, inner),
        PostgresException e when e.SqlState.StartsWith(Authorization, StringComparison.Ordinal)
            || e.SqlState == PostgresErrorCodes.InsufficientPrivilege =>
            new UnauthorizedAccessException($"{QueueAddress.Name(address)}: {e.MessageText}.", e),
        PostgresException e => new IOException($"{QueueAddress.Name(address)}: {e.MessageText}.", e),
        NpgsqlException or TimeoutException or SocketException => new IOException($"{QueueAddress.Name(address)}: {error.Message}", error),
        _ => null,
    };
}
