using System.Net;
using System.Net.Sockets;
using Hangfire;
using Hangfire.Common;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Runs.Hangfire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Runs.Fleet;

/// <summary>Serves the page of runs and Hangfire's dashboard.</summary>
/// <param name="terminal">Receives the address on standard output.</param>
/// <param name="queue">The queue.</param>
internal sealed class BoardServer(Terminal terminal, MaskRunQueue queue)
{
    private const string Policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(1);

    /// <summary>Where it listens.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>The secret that lets others in; null for this machine alone.</summary>
    public string? Token { get; init; }

    /// <summary>Whether the dashboard has buttons that delete jobs and try them again.</summary>
    public bool IsWritable { get; init; }

    /// <summary>Serves until it is told to end.</summary>
    /// <exception cref="IOException">The address cannot be listened at.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var board = new RunsBoard(queue);
        await using var app = Build(board);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is SocketException or IOException || e.InnerException is SocketException)
        {
            throw new IOException($"--urls: cannot listen at {Address}: {e.Message}", e);
        }

        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        terminal.Write($"http://{HostToOpen(bound)}:{bound.Port}/");
        terminal.Say($"Shows the runs of {queue.Storage}. Ctrl-C ends the server.");
        await Task.Delay(Timeout.Infinite, cancellationToken)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        using var patience = new CancellationTokenSource(TimeToEnd);
        try
        {
            await app.StopAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // What is still open is closed with the process.
        }

        return ExitCodes.Done;
    }

    // What stands for all addresses of this machine is none that a browser opens.
    private string HostToOpen(Uri bound) =>
        Address.Address.Equals(IPAddress.Any) ? "127.0.0.1" : Address.Address.Equals(IPAddress.IPv6Any) ? "[::1]" : bound.Host;

    private WebApplication Build(RunsBoard board)
    {
        // No settings file of the current folder, which may be anybody's, has a say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton<IHostLifetime, PlainLifetime>();
        builder.Services.AddRouting();

        // The dashboard's forms are signed; nothing of it outlives the process.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddAntiforgery();
        builder.Services.AddHangfire(
            (_, configuration) => configuration.UseStorage(queue.Storage).UseLogProvider(new HangfireLog(terminal)));
        builder.Logging.AddProvider(new BoardLog(terminal));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(Address);
        });
        var app = builder.Build();
        var guard = new BoardGuard(Token);
        app.Use((context, next) => guard.InvokeAsync(context, _ => next()));
        app.UseHangfireDashboard(RunsPage.Dashboard, Dashboard(), queue.Storage);
        app.UseRouting();
        Map("/", "text/html", async cancel => RunsPage.Html(await board.ReadAsync(cancel), queue.Storage.ToString()!));
        Map("/runs.json", "application/json", async cancel => RunsPage.Json(await board.ReadAsync(cancel)));
        Map("/runs.css", "text/css", _ => Task.FromResult(Css()));
        return app;

        void Map(string path, string type, Func<CancellationToken, Task<string>> content) =>
            app.MapGet(path, context => AnswerAsync(context, type, content));
    }

    private DashboardOptions Dashboard() => new()
    {
        DashboardTitle = "Queue of runs",
        AppPath = "/",
        IsReadOnlyFunc = _ => !IsWritable,
        DisplayNameFunc = (_, job) => Name(job),

        // Who may come in was decided before.
        Authorization = [],
    };

    private static string Name(Job job) =>
        job.Args is [string { Length: > 8 } run, int shard, ..] ? $"Run {run[..8]}, shard {shard}" : job.ToString(includeQueue: false);

    private static async Task AnswerAsync(HttpContext context, string type, Func<CancellationToken, Task<string>> content)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            var text = await content(context.RequestAborted);
            context.Response.ContentType = $"{type}; charset=utf-8";
            await context.Response.WriteAsync(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(ErrorMessages.Of(e) + "\n");
        }
    }

    private static string Css()
    {
        using var reader = new StreamReader(typeof(BoardServer).Assembly.GetManifestResourceStream("runs.css")!);
        return reader.ReadToEnd();
    }

    // Signals are heard elsewhere.
    private sealed class PlainLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
