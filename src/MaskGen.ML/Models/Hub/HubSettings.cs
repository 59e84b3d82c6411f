using System.Globalization;
using System.Net;
using System.Text;
using MaskGen.ML.Files;

namespace MaskGen.ML.Models;

/// <summary>Everything a download needs to know: the user's options, the environment, and what tests replace.</summary>
internal sealed record HubSettings
{
    private const string DefaultEndpoint = "https://huggingface.co";

    public required string CacheFolder { get; init; }

    /// <summary>Address of the hub, without user and password.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>User and password of the hub's address with a colon between, or null. They go to the hub alone, as the token
    /// does.</summary>
    public string? Credentials { get; init; }

    public string? Token { get; init; }

    /// <summary>What must not be shown.</summary>
    public HubSecrets Secrets { get; init; } = new([]);

    /// <summary>What says that only the cache may be used, or null where downloads are allowed.</summary>
    public string? OfflineBecauseOf { get; init; }

    /// <summary>Whether files that are there already are hashed.</summary>
    public bool VerifyHashes { get; init; }

    /// <summary>As <see cref="Sam2DownloadOptions.IsOfCommandLine"/>.</summary>
    public bool IsOfCommandLine { get; init; }

    public IProgress<Sam2DownloadProgress>? Progress { get; init; }

    /// <summary>Attempts after the first one, counted anew whenever <see cref="ProgressThatCounts"/> has arrived.</summary>
    public int RetryCount { get; init; } = 5;

    /// <summary>Attempts after the first one while the hub has never answered.</summary>
    public int FirstContactRetryCount { get; init; } = 2;

    /// <summary>Wait before the second attempt; doubles from there, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a connection may take, the resolution of its name included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long nothing may arrive before an attempt is given up.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Over how long the rate is measured.</summary>
    public TimeSpan RateWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>An attempt that is slower than this over <see cref="RateWindow"/> is given up.</summary>
    public long LeastBytesPerSecond { get; init; } = 4096;

    /// <summary>Bytes of a file of a size that make attempts worth going on: a share of the file, so that their number has a
    /// bound.</summary>
    public Func<long, long> ProgressThatCounts { get; init; } = size => Math.Max(1 << 20, size / 256);

    /// <summary>After how long a wait is reported.</summary>
    public TimeSpan NoticeDelay { get; init; } = TimeSpan.FromSeconds(1);

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Wraps the stream to an unfinished file.</summary>
    public Func<Stream, Stream> WrapPartial { get; init; } = stream => stream;

    /// <summary>Bytes free for a folder, or null where that cannot be told.</summary>
    public Func<string, long?> FreeSpace { get; init; } = FreeSpaceOf;

    /// <summary>The proxy, or null for the environment's.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>Sends the requests; null for the network.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Options first, then the environment, then the defaults of huggingface_hub.</summary>
    /// <param name="options">The user's options, or null.</param>
    /// <param name="environment">Gives an environment variable, or null.</param>
    /// <exception cref="ArgumentException">The endpoint, the token or the cache folder is none.</exception>
    public static HubSettings Create(Sam2DownloadOptions? options, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var (endpoint, credentials) = EndpointOf(options, Variable("HF_ENDPOINT"));
        var token = ValidToken(options?.Token ?? TokenOf(Variable));
        return new HubSettings
        {
            CacheFolder = FullPath(options?.CacheFolder ?? CacheFolderOf(Variable)),
            Endpoint = endpoint,
            Credentials = credentials,
            Token = token,
            Secrets = HubSecrets.Of(token, credentials, Variable),
            OfflineBecauseOf = OfflineReason(options, Variable),
            VerifyHashes = options?.VerifyHashes ?? false,
            IsOfCommandLine = options?.IsOfCommandLine ?? false,
        };

        // An empty variable counts as none, as in Python.
        string? Variable(string name) => environment(name)?.Trim() is { Length: > 0 } value ? value : null;
    }

    // Neither token nor passwords belong into a text.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"{nameof(CacheFolder)} = {CacheFolder}, {nameof(Endpoint)} = {Endpoint}");
        return true;
    }

    private static string FullPath(string folder)
    {
        try
        {
            return Path.GetFullPath(folder);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"Expected the folder of a cache (HF_HUB_CACHE), found '{HubText.Clean(folder)}'.", e);
        }
    }

    // As in huggingface_hub's constants.py: the first of the two that is set decides.
    private static string? OfflineReason(Sam2DownloadOptions? options, Func<string, string?> variable)
    {
        if (options?.Offline is { } offline)
        {
            return offline ? $"{nameof(Sam2DownloadOptions)}.{nameof(Sam2DownloadOptions.Offline)}" : null;
        }

        var name = variable("HF_HUB_OFFLINE") is not null ? "HF_HUB_OFFLINE" : "TRANSFORMERS_OFFLINE";
        return IsTrue(variable(name)) ? name : null;
    }

    private static string CacheFolderOf(Func<string, string?> variable) => HubPaths.Expand(
        variable("HF_HUB_CACHE") ?? variable("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(HomeOf(variable), "hub"), variable);

    private static string HomeOf(Func<string, string?> variable)
    {
        var home = variable("HF_HOME")
            ?? Path.Combine(variable("XDG_CACHE_HOME") ?? Path.Combine(HubPaths.HomeFolder(variable), ".cache"), "huggingface");
        return HubPaths.Expand(home, variable);
    }

    // It becomes a header, in which nothing else is allowed.
    private static string? ValidToken(string? token) => token is null || token.All(c => c is > ' ' and < (char)127)
        ? token
        : throw new ArgumentException("Expected the token (HF_TOKEN) to be of printable ASCII characters without spaces, found others.");

    // Whoever has logged in with Python's tool has a file with the token.
    private static string? TokenOf(Func<string, string?> variable)
    {
        if ((variable("HF_TOKEN") ?? variable("HUGGING_FACE_HUB_TOKEN")) is { } token)
        {
            return token;
        }

        var path = HubPaths.Expand(variable("HF_TOKEN_PATH") ?? Path.Combine(HomeOf(variable), "token"), variable);
        try
        {
            return !IsTrue(variable("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
                && File.Exists(path)
                && FileStatus.OfTarget(path) is null or { IsRegular: true }
                && File.ReadAllText(path).Trim() is { Length: > 0 } saved
                ? saved
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Public models need none; for another the hub's answer says what to do.
            return null;
        }
    }

    private static (Uri Endpoint, string? Credentials) EndpointOf(Sam2DownloadOptions? options, string? variable)
    {
        var text = options?.Endpoint?.OriginalString ?? variable ?? DefaultEndpoint;
        if (!Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var endpoint)
            || endpoint.Scheme is not ("https" or "http")
            || endpoint.Host.Length == 0
            || endpoint.Query.Length > 0
            || endpoint.Fragment.Length > 0)
        {
            throw new ArgumentException(
                "Expected an http or https address without a query as the hub's endpoint (HF_ENDPOINT), "
                + $"found '{HubText.Clean(HubText.WithoutCredentials(text))}'.");
        }

        var own = options?.Endpoint is null ? endpoint.UserInfo : options.EndpointCredentials ?? endpoint.UserInfo;
        return (WithoutUserInfo(endpoint), own.Length == 0 ? null : Uri.UnescapeDataString(own));
    }

    /// <summary>An address without user and password.</summary>
    public static Uri WithoutUserInfo(Uri address) =>
        address.UserInfo.Length == 0 ? address : new UriBuilder(address) { UserName = string.Empty, Password = string.Empty }.Uri;

    private static long? FreeSpaceOf(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            // A network share of Windows is no drive; there the write itself will tell.
            return null;
        }
    }

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
}
