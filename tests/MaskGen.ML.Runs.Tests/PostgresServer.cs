using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Npgsql;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A PostgreSQL of a test's own, which can be stopped without harm to others.</summary>
internal sealed partial class PostgresServer : IDisposable
{
    private const int Quit = 3;
    private readonly string _folder;
    private readonly int _port;
    private int _process;

    private PostgresServer(string folder, int port) => (_folder, _port) = (folder, port);

    /// <summary>The server, without a database.</summary>
    public string Address => $"Host=127.0.0.1;Port={_port};Username=postgres";

    /// <summary>Starts one, where the shared one is there too.</summary>
    public static async Task<PostgresServer> CreateAsync()
    {
        _ = TestServers.Postgres;

        // Its user, who is not that of the tests, has to get there.
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"maskgen-postgres-{Guid.NewGuid():N}"));
        var server = new PostgresServer(folder.FullName, FreePort());
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it, with the data that it had.</summary>
    public async Task StartAsync()
    {
        var script = Path.Combine(Repository.Root(), "build", "test-servers.sh");
        var output = await SystemProgram.RunAsync(script, ["postgres", _folder, $"{_port}"]);
        _process = int.Parse(output, CultureInfo.InvariantCulture);
    }

    /// <summary>Stops it as <c>pg_ctl stop -m immediate</c> does: nothing is written any more, and starting it again recovers.</summary>
    public async Task StopAtOnceAsync()
    {
        await using var connection = new NpgsqlConnection($"{Address};Database=postgres;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        _ = SendSignal(_process, Quit);

        // Its end is heard, not waited for.
        await Assert.ThrowsAnyAsync<NpgsqlException>(async () =>
        {
            while (true)
            {
                await connection.WaitAsync(TestContext.Current.CancellationToken);
            }
        });
        SpinWait.SpinUntil(IsGone);
    }

    public void Dispose()
    {
        _ = SendSignal(_process, Quit);
        SpinWait.SpinUntil(IsGone);
        Directory.Delete(_folder, recursive: true);
    }

    // The last thing that the server does is to delete it.
    private bool IsGone() => !File.Exists(Path.Combine(_folder, "postgres", "data", "postmaster.pid"));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
