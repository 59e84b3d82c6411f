using System.Globalization;
using MaskGen.ML.Runs.Hangfire;
using Npgsql;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A database of a test's own for a queue, what workers are told of it, and what happens in it as it happens.</summary>
internal sealed class FleetDatabase : IAsyncDisposable
{
    /// <summary>Times of workers in seconds, see <c>TestHooks</c>: invisibility, lock, poll. A worker says once a second that it
    /// lives.</summary>
    public const string Short = "4 2 0.2";

    /// <summary>With these a shard that was not given back comes back too late for any test.</summary>
    public const string Patient = "600 2 0.2";

    private const string Channel = "fleet_test";
    private readonly string _server;

    private FleetDatabase(string server, string name) => (_server, Name) = (server, name);

    public string Name { get; }

    /// <summary>The connection string.</summary>
    public string Address => $"{_server};Database={Name}";

    /// <summary>Makes a database.</summary>
    /// <param name="server">The server; null for the one that all tests share.</param>
    public static async Task<FleetDatabase> CreateAsync(string? server = null)
    {
        var database = new FleetDatabase(server ?? TestServers.Postgres, $"fleet_{Guid.NewGuid():N}");
        await database.CreateAgainAsync();
        return database;
    }

    /// <summary>Makes it, empty.</summary>
    public Task CreateAgainAsync() => OnServerAsync($"create database {Name}");

    /// <summary>Drops it with all connections to it.</summary>
    public Task DropAsync() => OnServerAsync($"drop database if exists {Name} with (force)");

    /// <summary>What a worker is told.</summary>
    public Dictionary<string, string> Variables(string seconds = Short, string? folder = null, string? address = null)
    {
        var variables = new Dictionary<string, string>
        {
            ["MASKGEN_QUEUE"] = address ?? Address, ["MASKGEN_FLEET_TEST_SECONDS"] = seconds,
        };
        if (folder is not null)
        {
            variables["MASKGEN_FLEET_TEST_FOLDER"] = folder;
        }

        return variables;
    }

    /// <summary>Puts a run into the queue.</summary>
    public async Task<MaskRunSubmission> SubmitAsync(string run, bool again = false)
    {
        using var queue = await MaskRunQueue.OpenAsync(Address, cancellationToken: TestContext.Current.CancellationToken);
        using var opened = await MaskRun.OpenAsync(MaskRunStore.Open(run), null, TestContext.Current.CancellationToken);
        return await queue.SubmitAsync(opened, again, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Puts a run into the queue, by the program, and gives what it says.</summary>
    public async Task<string> SubmitByProgramAsync(string run)
    {
        using var program = WorkerProgram.StartFleet(["submit", run], Variables());
        var output = await program.OutputLineAsync();
        var (exitCode, error) = await program.EndAsync();
        Assert.True(exitCode == 0, error);
        return output!;
    }

    /// <summary>Asks for one value.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        var value = await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        return (T)Convert.ChangeType(value!, typeof(T), CultureInfo.InvariantCulture);
    }

    /// <summary>Opens a connection.</summary>
    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection($"{Address};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Hears of each row that is added to a table of the queue, or changed, from now on.</summary>
    /// <param name="table">The table.</param>
    /// <param name="what">The event: insert or update.</param>
    /// <param name="text">An expression of the row <c>new</c>: what is heard.</param>
    public async Task<Listener> ListenAsync(string table, string what, string text)
    {
        var connection = await OpenAsync();
        var name = $"tell_{table}_{what}";
        await using var command = new NpgsqlCommand(
            $"""
            create or replace function maskgen.{name}() returns trigger language plpgsql
              as $$ begin perform pg_notify('{Channel}_{table}', {text}); return new; end $$;
            create or replace trigger {name} after {what} on maskgen."{table}" for each row execute function maskgen.{name}();
            listen {Channel}_{table}
            """,
            connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new Listener(connection);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await DropAsync();
        }
        catch (NpgsqlException)
        {
            // A server of the test's own is gone by now.
        }
    }

    private async Task OnServerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{_server};Database=postgres;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Hears of rows.</summary>
    public sealed class Listener : IAsyncDisposable
    {
        private readonly NpgsqlConnection _connection;
        private readonly Queue<string> _heard = new();

        public Listener(NpgsqlConnection connection)
        {
            _connection = connection;
            connection.Notification += (_, e) => _heard.Enqueue(e.Payload);
        }

        /// <summary>Waits for the next row.</summary>
        public async Task<string> NextAsync()
        {
            while (_heard.Count == 0)
            {
                await _connection.WaitAsync(TestContext.Current.CancellationToken);
            }

            return _heard.Dequeue();
        }

        public ValueTask DisposeAsync() => _connection.DisposeAsync();
    }
}
