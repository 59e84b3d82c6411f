namespace MaskGen.ML.Models;

/// <summary>Everything a download needs to know: the user's options, the environment, and what tests replace.</summary>
internal sealed record HubSettings
{
    private const string DefaultEndpoint = "https://huggingface.co";

    public required string CacheFolder { get; init; }

    public required Uri Endpoint { get; init; }

    public string? Token { get; init; }

    public bool Offline { get; init; }

    public IProgress<Sam2DownloadProgress>? Progress { get; init; }

    /// <summary>Attempts after the first one, counted anew whenever bytes arrived.</summary>
    public int RetryCount { get; init; } = 5;

    /// <summary>Wait before the second attempt; doubles from there, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long nothing may arrive before an attempt is given up.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Opens the unfinished file for writing, at its end.</summary>
    public Func<string, Stream> OpenPartial { get; init; } =
        path => new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 1, FileOptions.Asynchronous);

    /// <summary>Bytes free for a folder, or null where that cannot be told.</summary>
    public Func<string, long?> FreeSpace { get; init; } = FreeSpaceOf;

    /// <summary>Options first, then the environment, then the defaults of huggingface_hub.</summary>
    /// <param name="options">The user's options, or null.</param>
    /// <param name="environment">Gives an environment variable, or null.</param>
    /// <exception cref="ArgumentException">The endpoint is no http or https address.</exception>
    public static HubSettings Create(Sam2DownloadOptions? options, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return new HubSettings
        {
            CacheFolder = Path.GetFullPath(options?.CacheFolder ?? CacheFolderOf(Variable)),
            Endpoint = EndpointOf(options?.Endpoint, Variable("HF_ENDPOINT")),
            Token = ValidToken(options?.Token ?? TokenOf(Variable)),
            Offline = options?.Offline ?? IsTrue(Variable("HF_HUB_OFFLINE")),
            Progress = options?.Progress,
        };

        // An empty variable counts as none, as in Python.
        string? Variable(string name) => environment(name)?.Trim() is { Length: > 0 } value ? value : null;
    }

    private static string CacheFolderOf(Func<string, string?> variable) =>
        FromUserFolder(variable("HF_HUB_CACHE") ?? variable("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(HomeOf(variable), "hub"));

    private static string HomeOf(Func<string, string?> variable)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return FromUserFolder(variable("HF_HOME") ?? Path.Combine(variable("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache"), "huggingface"));
    }

    // It becomes a header, in which nothing else is allowed.
    private static string? ValidToken(string? token) => token is null || token.All(c => c is > ' ' and < (char)127)
        ? token
        : throw new ArgumentException("Expected the token (HF_TOKEN) to be of printable ASCII characters without spaces, found others.");

    // Whoever has logged in with Python's tool has a file with the token.
    private static string? TokenOf(Func<string, string?> variable)
    {
        if (variable("HF_TOKEN") is { } token)
        {
            return token;
        }

        var path = FromUserFolder(variable("HF_TOKEN_PATH") ?? Path.Combine(HomeOf(variable), "token"));
        try
        {
            return !IsTrue(variable("HF_HUB_DISABLE_IMPLICIT_TOKEN")) && File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } saved
                ? saved
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Public models need none; for another the hub's answer says what to do.
            return null;
        }
    }

    private static string FromUserFolder(string path) =>
        path.StartsWith("~/", StringComparison.Ordinal)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..])
            : path;

    private static Uri EndpointOf(Uri? option, string? variable)
    {
        var text = option?.OriginalString ?? variable ?? DefaultEndpoint;
        return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var endpoint) && endpoint.Scheme is "https" or "http"
            ? endpoint
            : throw new ArgumentException($"Expected an http or https address as the hub's endpoint (HF_ENDPOINT), found '{text}'.");
    }

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
