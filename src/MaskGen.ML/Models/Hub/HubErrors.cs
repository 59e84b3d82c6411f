using System.Net;
using System.Net.Sockets;

namespace MaskGen.ML.Models;

/// <summary>Turns what goes wrong between here and a hub into words that say what to do.</summary>
internal static class HubErrors
{
    // ENOSPC and EDQUOT of Unix; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.
    private static readonly int[] DiskFullResults = [28, 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>Whether another attempt may help.</summary>
    public static bool IsTransient(HttpStatusCode status) => (int)status is 408 or 425 or 429 or >= 500;

    /// <summary>The failure that a response means.</summary>
    public static Sam2DownloadException FromResponse(
        HttpResponseMessage response, HubRepository repository, string fileName, HubSettings settings)
    {
        var code = response.Headers.TryGetValues("X-Error-Code", out var codes) ? codes.FirstOrDefault() : null;
        var hasToken = settings.Token is not null;
        return ((int)response.StatusCode, code) switch
        {
            (_, "GatedRepo") or (403, _) => new Sam2DownloadException(
                Sam2DownloadFailure.Forbidden,
                $"{repository.Name}: {settings.Endpoint.Host} refuses access ({(int)response.StatusCode}). "
                + $"Accept the terms on {settings.Endpoint}{repository.Name}"
                + (hasToken ? ", or use a token that may read it (HF_TOKEN)." : ", and set HF_TOKEN to a token of that account.")),
            (_, "RevisionNotFound") => new Sam2DownloadException(
                Sam2DownloadFailure.NotFound,
                $"{repository.Name}: there is no revision '{repository.Revision}'. "
                + $"Name a branch, tag or commit of {settings.Endpoint}{repository.Name}."),
            (_, "EntryNotFound") => new Sam2DownloadException(
                Sam2DownloadFailure.NotFound,
                $"{repository.Name}: revision '{repository.Revision}' has no file {fileName}. "
                + $"Choose a repository with {Sam2ModelFiles.WeightsName} or a .pt file."),

            // A hub does not tell a stranger apart from a typing error.
            (401, _) => new Sam2DownloadException(
                Sam2DownloadFailure.Unauthorized,
                hasToken
                    ? $"{repository.Name}: {settings.Endpoint.Host} does not accept the token (401), "
                        + "or there is no such repository. Check HF_TOKEN and the name."
                    : $"{repository.Name}: there is no such repository on {settings.Endpoint.Host}, "
                        + "or it is private (401). Check the name, or set HF_TOKEN to a token that may read it."),
            (404, _) => new Sam2DownloadException(
                Sam2DownloadFailure.NotFound,
                $"{repository.Name}: not found on {settings.Endpoint.Host} (404). "
                + $"Check the name; the official ones are {string.Join(", ", Sam2OfficialModel.All.Select(m => m.Name))}."),
            (407, _) => new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: the proxy wants a user and a password (407). "
                + "Put them into HTTPS_PROXY: http://user:password@host:port."),
            var (status, _) => new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: expected {(fileName.Length > 0 ? fileName : "an answer")} from {settings.Endpoint.Host}, "
                + $"found {status} {response.ReasonPhrase}. Check HF_ENDPOINT."),
        };
    }

    /// <summary>A request that brought no response.</summary>
    public static Exception FromRequest(HttpRequestException error, Uri address) => error.HttpRequestError switch
    {
        HttpRequestError.ProxyTunnelError => new Sam2DownloadException(
            Sam2DownloadFailure.Network,
            $"The proxy does not let us through to {address.Host}: {error.Message} Check HTTPS_PROXY and NO_PROXY.",
            error),
        HttpRequestError.SecureConnectionError => new Sam2DownloadException(
            Sam2DownloadFailure.Network,
            $"No secure connection to {address.Host}: {error.Message} "
            + "Where a proxy opens the encryption, its certificate must be among the trusted ones.",
            error),
        _ => Unreachable(error, address),
    };

    private static HubTransientException Unreachable(HttpRequestException error, Uri address)
    {
        // Behind a proxy it is the proxy that was called.
        var proxy = ProxyOf(address);
        var called = proxy is null ? address.Host : $"the proxy {proxy}";
        var advice = proxy is null ? string.Empty : " (correct or unset HTTPS_PROXY, or add the hub to NO_PROXY)";
        return error.HttpRequestError == HttpRequestError.NameResolutionError
            ? new HubTransientException($"{called} is not known here{(proxy is null ? " (no network?)" : advice)}", error)
            : new HubTransientException($"no connection to {called}: {(error.InnerException as SocketException)?.Message ?? error.Message}{advice}", error);
    }

    // The environment's, without user and password.
    private static string? ProxyOf(Uri address) =>
        !address.IsLoopback && HttpClient.DefaultProxy.GetProxy(address) is { } proxy && proxy != address
            ? proxy.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)
            : null;

    /// <summary>The last of several attempts failed.</summary>
    public static Sam2DownloadException AfterRetries(HubTransientException error, HubRepository repository, int attempts) => new(
        Sam2DownloadFailure.Network,
        $"{repository.Name}: gave up after {attempts} attempts: {error.Message}. "
        + "What has arrived is kept; try again to go on from there. Without a network, download the files elsewhere and name their folder.",
        error);

    /// <summary>The cache cannot be written.</summary>
    public static Sam2DownloadException FromCache(Exception error, string path, long? needed) => DiskFullResults.Contains(error.HResult)
        ? DiskFull(path, needed, null, error)
        : new Sam2DownloadException(
            Sam2DownloadFailure.Cache,
            $"The cache cannot be written at {path}: {error.Message} Choose another folder with HF_HUB_CACHE.",
            error);

    /// <summary>There is no room for a file.</summary>
    public static Sam2DownloadException DiskFull(string path, long? needed, long? free, Exception? error = null) => new(
        Sam2DownloadFailure.DiskFull,
        $"The disk of {path} is full: {(needed is null ? "more" : $"{needed:N0} bytes")} needed"
        + (free is null ? ". " : $", {free:N0} free. ")
        + "Make room, or choose another disk with HF_HUB_CACHE.",
        error);
}
