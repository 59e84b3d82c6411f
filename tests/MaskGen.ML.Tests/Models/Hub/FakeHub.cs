using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Plays the hub and, at another address, the store that it sends to for large files.</summary>
internal sealed class FakeHub : IDisposable
{
    public const string Name = "someone/sam2-micro";
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TinyHttpServer _hub;
    private readonly TinyHttpServer _store;
    private readonly Dictionary<string, byte[]> _files = [];

    public FakeHub()
    {
        _hub = new TinyHttpServer(AnswerHub);
        _store = new TinyHttpServer(AnswerStore);
    }

    /// <summary>A hub with the micro model.</summary>
    public static FakeHub WithMicro()
    {
        var hub = new FakeHub();
        hub.Add("config.json", File.ReadAllBytes(Fixture.Path("micro/config.json")));
        hub.Add("model.safetensors", File.ReadAllBytes(Fixture.Path("micro/model.safetensors")));
        return hub;
    }

    public Uri Endpoint => _hub.Address;

    public IReadOnlyList<TinyRequest> HubRequests => _hub.Requests;

    /// <summary>Requests for content of large files.</summary>
    public IReadOnlyList<TinyRequest> StoreRequests => _store.Requests;

    /// <summary>Replaces the hub's answer to a request, or returns null to leave it.</summary>
    public Func<TinyRequest, TinyResponse?> HubFault { get; set; } = _ => null;

    /// <summary>Replaces the store's answer; is given the one it would send.</summary>
    public Func<TinyRequest, TinyResponse, TinyResponse> StoreFault { get; set; } = (_, response) => response;

    public void Add(string name, byte[] content) => _files[name] = content;

    public void Remove(string name) => _files.Remove(name);

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public byte[] Content(string name) => _files[name];

    /// <summary>Settings for a client of this hub that never waits.</summary>
    public HubSettings Settings(string cacheFolder, Sam2DownloadOptions? options = null) =>
        HubSettings.Create(
            (options ?? new Sam2DownloadOptions()) with { CacheFolder = cacheFolder, Endpoint = Endpoint },
            _ => null) with { RetryDelay = TimeSpan.Zero };

    public void Dispose()
    {
        _hub.Dispose();
        _store.Dispose();
    }

    /// <summary>A file of the git part of a repository: its etag is no SHA-256.</summary>
    public static bool IsSmall(string name) => name.EndsWith(".json", StringComparison.Ordinal);

    public static string GitHash(byte[] content) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    private static TinyResponse Error(int status, string code) => new(status, []) { Headers = { ["X-Error-Code"] = code } };

    private TinyResponse AnswerHub(TinyRequest request)
    {
        if (HubFault(request) is { } fault)
        {
            return fault;
        }

        var path = Uri.UnescapeDataString(request.Path);
        if (path.StartsWith($"/api/models/{Name}/revision/", StringComparison.Ordinal))
        {
            return new TinyResponse(
                200, JsonSerializer.SerializeToUtf8Bytes(new { siblings = _files.Keys.Select(f => new { rfilename = f }) }));
        }

        if (!path.StartsWith($"/{Name}/resolve/", StringComparison.Ordinal))
        {
            // What the real hub says to a stranger.
            return Error(401, "RepoNotFound");
        }

        var parts = path[$"/{Name}/resolve/".Length..].Split('/', 2);
        if (parts[0] is not ("main" or Commit))
        {
            return Error(404, "RevisionNotFound");
        }

        if (!_files.TryGetValue(parts[1], out var content))
        {
            return Error(404, "EntryNotFound");
        }

        return IsSmall(parts[1])
            ? Ranged(request, content, new() { ["ETag"] = $"\"{GitHash(content)}\"", ["X-Repo-Commit"] = Commit })
            : new TinyResponse(302, [])
            {
                Headers =
                {
                    ["Location"] = $"{_store.Address}{parts[1]}?signature=secret",
                    ["X-Repo-Commit"] = Commit,
                    ["X-Linked-Etag"] = $"\"{Sha256(content)}\"",
                    ["X-Linked-Size"] = $"{content.Length}",
                    ["ETag"] = "\"of-the-redirect\"",
                },
            };
    }

    private TinyResponse AnswerStore(TinyRequest request) =>
        StoreFault(request, Ranged(request, _files[request.Path[1..request.Path.IndexOf('?')]], []));

    private static TinyResponse Ranged(TinyRequest request, byte[] content, Dictionary<string, string> headers)
    {
        if (request.RangeStart is not { } start)
        {
            return new TinyResponse(200, content) { Headers = headers };
        }

        headers["Content-Range"] = $"bytes {start}-{content.Length - 1}/{content.Length}";
        return new TinyResponse(206, content[(int)start..]) { Headers = headers };
    }
}
