using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>A real server with the embedded model and a folder of images, which can go and come back under the same address.</summary>
public sealed class PageServer : IAsyncDisposable
{
    private const string Token = "the-token-of-the-page-tests";
    private readonly string _folder;
    private readonly string[] _images;
    private WebApplication? _app;
    private int _port;

    private PageServer(string folder, string[] images) => (_folder, _images) = (folder, images);

    /// <summary>Where the server writes.</summary>
    public string Output => Path.Combine(_folder, "out");

    /// <summary>The address without the token.</summary>
    public string Address => $"http://127.0.0.1:{_port}/";

    /// <summary>The address as it is printed.</summary>
    public string AddressWithToken => $"{Address}#t={Token}";

    /// <summary>Serves copies of sample images.</summary>
    /// <param name="folder">A folder of the test's own.</param>
    /// <param name="images">Names of <see cref="SampleImages"/>.</param>
    public static async Task<PageServer> StartAsync(string folder, params string[] images)
    {
        Directory.CreateDirectory(Path.Combine(folder, "photos"));
        foreach (var image in images)
        {
            SampleImages.Write(image, Path.Combine(folder, "photos", image));
        }

        var server = new PageServer(folder, images);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts, again under the same address if it has run before.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        builder.Services.AddMaskGen(options =>
        {
            options.Title = "photos";
            options.Token = Token;
            options.OutputFolder = Output;
            foreach (var image in _images)
            {
                options.Images.Add(new MaskGenWebImage(Path.Combine(_folder, "photos", image), image));
            }
        });
        _app = builder.Build();
        _app.MapMaskGen();
        await _app.StartAsync();
        var addresses = _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        _port = new Uri(addresses.Single()).Port;
    }

    /// <summary>Goes away; the address refuses connections.</summary>
    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
