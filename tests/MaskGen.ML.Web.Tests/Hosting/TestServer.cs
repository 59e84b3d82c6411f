using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MaskGen.ML.Tests;
using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests;

/// <summary>A real server on a free port of this machine, with the embedded model and copies of the samples.</summary>
public sealed class TestServer : IAsyncDisposable
{
    public const string Token = "the-token-of-the-tests";

    private readonly WebApplication _app;

    private TestServer(WebApplication app, TestFolder folder)
    {
        (_app, Folder) = (app, folder);
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        Address = new Uri(addresses.Single());
        Client = NewClient();
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    internal TestFolder Folder { get; }

    /// <summary>Where the server writes.</summary>
    public string Output => Folder["out"];

    public Uri Address { get; }

    /// <summary>A client that shows the token.</summary>
    public HttpClient Client { get; }

    internal IServiceProvider Services => _app.Services;

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Serves the samples, or none.</summary>
    public static async Task<TestServer> StartAsync(Action<MaskGenWebOptions, string>? configure = null, bool hasSamples = true)
    {
        var folder = new TestFolder();
        Directory.CreateDirectory(folder["photos"]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        builder.Services.AddMaskGen(options =>
        {
            options.Token = Token;
            options.OutputFolder = folder["out"];
            foreach (var name in hasSamples ? [SampleImages.StillLife, SampleImages.Breakfast] : Array.Empty<string>())
            {
                File.Copy(SampleImages.PathOf(name), folder[$"photos/{name}"]);
                options.Images.Add(new MaskGenWebImage(folder[$"photos/{name}"], name));
            }

            configure?.Invoke(options, folder["photos"]);
        });
        var app = builder.Build();
        app.MapMaskGen();
        await app.StartAsync(Cancellation);
        return new TestServer(app, folder);
    }

    /// <summary>A client that shows nothing.</summary>
    public HttpClient NewClient() => new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
    {
        BaseAddress = Address,
        Timeout = TimeSpan.FromMinutes(5),
    };

    internal T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>The identifier of an image.</summary>
    public async Task<string> IdOfAsync(string name)
    {
        var list = await GetAsync("api/v1/images");
        return list["images"]!.AsArray().Single(image => (string)image!["name"]! == name)!["id"]!.GetValue<string>();
    }

    public async Task<JsonNode> GetAsync(string address)
    {
        var response = await Client.GetAsync(address, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await JsonAsync(response);
    }

    /// <summary>Sends JSON.</summary>
    public Task<HttpResponseMessage> PostAsync(string address, object body) => Client.PostAsJsonAsync(address, body, Cancellation);

    /// <summary>Sends JSON, and gets JSON.</summary>
    public async Task<JsonNode> PostForJsonAsync(string address, object body)
    {
        var response = await PostAsync(address, body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        return await JsonAsync(response);
    }

    /// <summary>Encodes an image, and says what was told.</summary>
    public async Task<string> EncodeAsync(string id)
    {
        var response = await Client.PostAsync($"api/v1/images/{id}/encode", null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    public static async Task<JsonNode> JsonAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;

    /// <summary>Asserts that an answer is a problem of that name.</summary>
    public static async Task<JsonNode> AssertProblemAsync(HttpResponseMessage response, int status, string name)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await JsonAsync(response);
        Assert.Equal((name, status), ((string)problem["name"]!, (int)problem["status"]!));
        return problem;
    }

    /// <summary>The mask of an answer.</summary>
    internal static RunLengthEncoding MaskOf(JsonNode? mask) => CocoRle.Decode(
        new ImageSize((int)mask!["size"]![1]!, (int)mask["size"]![0]!), (string)mask["counts"]!);

    /// <summary>Saves annotations of one mask.</summary>
    public async Task<HttpResponseMessage> SaveAsync(string id, string tag, JsonNode mask, string label = "cup", string state = "edited")
    {
        var document = await GetAsync($"api/v1/images/{id}/annotations");
        document["state"] = state;
        document["objects"] = new JsonArray(new JsonObject
        {
            ["id"] = "o1",
            ["label"] = label,
            ["segmentation"] = new JsonObject { ["size"] = mask["size"]!.DeepClone(), ["counts"] = mask["counts"]!.DeepClone() },
            ["points"] = new JsonArray(),
            ["pointLabels"] = new JsonArray(),
            ["source"] = "prompt",
        });
        return await PutAsync(id, tag, document.ToJsonString());
    }

    public Task<HttpResponseMessage> PutAsync(string id, string? tag, string json)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"api/v1/images/{id}/annotations")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", tag);
        }

        return Client.SendAsync(request, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        Folder.Dispose();
    }
}

/// <summary>One server for the tests of a class.</summary>
public sealed class TestServerFixture : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
