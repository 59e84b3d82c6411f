using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Serve;

/// <summary>Hosts the page and the API for one person, or for those who know the token.</summary>
/// <param name="terminal">Receives messages, and the address on standard output.</param>
/// <param name="environment">Says whether there is a browser to open.</param>
internal sealed class WebServer(Terminal terminal, UserEnvironment environment)
{
    private const int MostConnections = 2000;
    private const int HeaderBytes = 16 << 10;

    // Somebody who pressed Ctrl-C waits no longer than a second.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan TimeToDispose = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan HeaderPatience = TimeSpan.FromSeconds(10);

    /// <summary>The address to listen at; null for this machine alone.</summary>
    public IPAddress? Address { get; init; }

    public int Port { get; init; }

    /// <summary>Whether somebody has named the port.</summary>
    public bool IsPortChosen { get; init; }

    public bool OpensBrowser { get; init; }

    public bool IsVerbose { get; init; }

    /// <summary>Serves until it is told to end.</summary>
    /// <param name="configure">Sets the options.</param>
    /// <param name="cancellationToken">Ends the server.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="IOException">The port cannot be listened at.</exception>
    public async Task<int> RunAsync(Action<MaskGenWebOptions> configure, CancellationToken cancellationToken)
    {
        var app = Build(configure);
        try
        {
            await StartAsync(app, cancellationToken);
            return await ServeAsync(app, cancellationToken);
        }
        finally
        {
            // A model that still computes is not waited for: the process ends.
            await Task.WhenAny(app.DisposeAsync().AsTask(), Task.Delay(TimeToDispose, CancellationToken.None));
        }
    }

    private async Task<int> ServeAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var options = app.Services.GetRequiredService<MaskGenWebOptions>();
        var address = AddressOf(app, options.Token!);
        terminal.Write(address);
        terminal.Say("Ctrl-C ends the server. The address lets in whoever has it: keep it to yourself.");
        OpenBrowser(address);
        var failure = WatchModelAsync(app, cancellationToken);
        var end = Task.Delay(Timeout.Infinite, cancellationToken);
        await Task.WhenAny(end, failure);
        if (failure.IsCompletedSuccessfully && failure.Result is { } problem)
        {
            terminal.Fail(problem);
            await StopAsync(app);
            return ExitCodes.Failure;
        }

        await end.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await StopAsync(app);
        return ExitCodes.Done;
    }

    private WebApplication Build(Action<MaskGenWebOptions> configure)
    {
        // No settings file of the current folder, which may be anybody's, has a say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddProvider(new TerminalLogProvider(terminal, IsVerbose ? LogLevel.Information : LogLevel.Warning));
        builder.Services.AddMaskGen(options =>
        {
            configure(options);
            if (Address is { } address && !IPAddress.IsLoopback(address))
            {
                options.AllowsAddresses = true;
                options.AllowedHosts.Add(Environment.MachineName);
                options.AllowedHosts.Add(Environment.MachineName + ".local");
                options.AllowedHosts.Add(Dns.GetHostName());
            }
        });
        builder.Services.AddSingleton<IHostLifetime, PlainLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeToEnd);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel((_, kestrel) => Limit(kestrel));
        var app = builder.Build();
        app.MapMaskGen();
        return app;
    }

    private void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        kestrel.Limits.MaxRequestHeadersTotalSize = HeaderBytes;
        kestrel.Limits.RequestHeadersTimeout = HeaderPatience;
        if (Address is { } address)
        {
            kestrel.Listen(address, Port);
        }
        else if (Port == 0)
        {
            // The free port of one family may be taken in the other.
            kestrel.Listen(IPAddress.Loopback, 0);
        }
        else
        {
            kestrel.ListenLocalhost(Port);
        }
    }

    private async Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new IOException(
                $"Port {Port} is in use{(IsPortChosen ? string.Empty : ", perhaps by another maskgen serve")}; --port N listens at "
                + "another, --port 0 at any that is free.",
                e);
        }
        catch (Exception e) when (e is SocketException or IOException || e.InnerException is SocketException)
        {
            throw new IOException($"--host {Address} --port {Port}: cannot be listened at: {e.Message}", e);
        }
    }

    private static async Task StopAsync(WebApplication app)
    {
        using var patience = new CancellationTokenSource(TimeToEnd);
        try
        {
            await app.StopAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // What is still open is closed with the process.
        }
    }

    private static string AddressOf(WebApplication app, string token)
    {
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(address => new Uri(address)).First();
        var host = bound.Host is "localhost" or "0.0.0.0" or "[::]" ? "127.0.0.1" : bound.Host;
        return $"http://{host}:{bound.Port}/#t={Uri.EscapeDataString(token)}";
    }

    // The message if the model cannot be loaded; never if it can.
    private static async Task<string?> WatchModelAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.Services.GetRequiredService<ServedModel>().GetAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        }
        catch (WebProblem problem)
        {
            return problem.Message;
        }
    }

    private void OpenBrowser(string address)
    {
        var isRemote = environment.Variable("SSH_CONNECTION") is not null || environment.Variable("SSH_TTY") is not null;
        var hasDisplay = !OperatingSystem.IsLinux()
            || environment.Variable("DISPLAY") is not null || environment.Variable("WAYLAND_DISPLAY") is not null;
        if (!OpensBrowser || isRemote || !hasDisplay || !environment.CanAsk)
        {
            return;
        }

        try
        {
            using var browser = Process.Start(new ProcessStartInfo(address) { UseShellExecute = true });
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or PlatformNotSupportedException or FileNotFoundException)
        {
            terminal.Say($"No browser could be opened: {e.Message}");
        }
    }

    // Signals are heard elsewhere.
    private sealed class PlainLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
