using System.Net;
using System.Net.Sockets;

namespace MaskGen.ML.Models;

/// <summary>Makes exceptions of what goes wrong between here and a hub; the messages say what to do.</summary>
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
        var host = settings.Endpoint.Host;
        var page = $"{settings.Endpoint}{repository.Name}";
        var status = (int)response.StatusCode;
        return (status, code) switch
        {
            (_, "GatedRepo") or (403, _) => new Sam2DownloadException(
                Sam2DownloadFailure.Forbidden,
                $"{repository.Name}: {host} refuses access{Wanted(fileName)} ({status}). Accept the terms on {page}"
                + (hasToken ? ", or use a token that may read it (HF_TOKEN)." : ", and set HF_TOKEN to a token of that account.")),
            (_, "RevisionNotFound") => new Sam2DownloadException(
                Sam2DownloadFailure.NotFound,
                $"{repository.Name}: there is no revision '{repository.Revision}'. Name a branch, tag or commit of {page}."),
            (_, "EntryNotFound") => new Sam2DownloadException(
                Sam2DownloadFailure.NotFound,
                $"{repository.Name}: revision '{repository.Revision}' has no file {fileName}. "
                + $"Choose a repository with {Sam2ModelFiles.WeightsName} or a .pt file."),

            // A hub does not tell a stranger apart from a typing error.
            (401, _) => new Sam2DownloadException(
                Sam2DownloadFailure.Unauthorized,
                hasToken
                    ? $"{repository.Name}: {host} does not accept the token (401), or there is no such repository. "
                        + "Check HF_TOKEN and the name."
                    : $"{repository.Name}: there is no such repository on {host}, or it is private (401). "
                        + $"Check the name, or set HF_TOKEN to a token that may read it.{HubSuggestions.For(repository.Name)}"),
            (404, _) => new Sam2DownloadException(
                Sam2DownloadFailure.NotFound,
                $"{repository.Name}: not found on {host} (404){Wanted(fileName)}. Check the name; {HubSuggestions.Official}."),
            (407, _) => new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: the proxy requires a user name and a password (407). "
                + "Put them into HTTPS_PROXY: http://USER:PASSWORD@host:port."),
            _ => new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: expected {(fileName.Length > 0 ? fileName : "an answer")} from {host}, "
                + $"found {status} {HubText.Clean(response.ReasonPhrase)}. Check HF_ENDPOINT."),
        };
    }

    /// <summary>A request that brought no response.</summary>
    /// <param name="error">What HTTP says.</param>
    /// <param name="address">What was called.</param>
    /// <param name="settings">Where the proxy and the secrets are.</param>
    /// <param name="isBeforeContact">Whether the hub has not answered once.</param>
    public static Exception FromRequest(
        HttpRequestException error, Uri address, HubSettings settings, bool isBeforeContact) => error.HttpRequestError switch
    {
        HttpRequestError.ProxyTunnelError => new Sam2DownloadException(
            Sam2DownloadFailure.Network,
            $"The proxy refuses connections to {address.Host}: {Problem(error.Message, settings)}. Check HTTPS_PROXY and NO_PROXY.",
            error),
        HttpRequestError.SecureConnectionError => new Sam2DownloadException(
            Sam2DownloadFailure.Network,
            $"No secure connection to {address.Host}: {Problem(error.Message, settings)}. "
            + "Where a proxy opens the encryption, its certificate must be among the trusted ones.",
            error),
        _ => Unreachable(error, address, settings, isBeforeContact),
    };

    private static HubTransientException Unreachable(HttpRequestException error, Uri address, HubSettings settings, bool isBeforeContact)
    {
        // Behind a proxy it is the proxy that was called.
        var proxy = ProxyOf(address, settings);
        var called = proxy is null ? address.Host : $"the proxy {proxy}";
        var advice = proxy is null ? string.Empty : " (correct or unset HTTPS_PROXY, or add the hub to NO_PROXY)";
        var socket = error.InnerException as SocketException;
        if (error.HttpRequestError == HttpRequestError.NameResolutionError)
        {
            return new HubTransientException($"{called} is not known here{(proxy is null ? " (no network?)" : advice)}", error)
            {
                IsBeforeContact = isBeforeContact,
                IsNoNetwork = isBeforeContact,
            };
        }

        return new HubTransientException($"no connection to {called}: {Problem(socket?.Message ?? error.Message, settings)}{advice}", error)
        {
            IsBeforeContact = isBeforeContact,
            IsNoNetwork = isBeforeContact && socket?.SocketErrorCode
                is SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown,
        };
    }

    private static string HowToDownload(HubRepository repository, HubSettings settings) => settings.IsOfCommandLine
        ? $"run 'maskgen models pull {repository.Name}'"
        : $"call Sam2Hub.DownloadAsync (or run 'maskgen models pull {repository.Name}')";

    // The environment's, without user and password.
    private static string? ProxyOf(Uri address, HubSettings settings) =>
        (settings.Proxy is not null || !address.IsLoopback)
        && (settings.Proxy ?? HttpClient.DefaultProxy).GetProxy(address) is { } proxy && proxy != address
            ? proxy.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)
            : null;

    private static string Problem(string message, HubSettings settings) =>
        HubText.Clean(settings.Secrets.Redact(message).TrimEnd('.', ' '), HubText.MessageLength);

    private static string Wanted(string fileName) => fileName.Length == 0 ? string.Empty : $" to {fileName}";

    /// <summary>The last of several attempts failed.</summary>
    public static Sam2DownloadException AfterRetries(
        HubTransientException error, HubRepository repository, string fileName, int attempts, HubSettings settings)
    {
        var what = fileName.Length == 0 ? repository.Name : $"{repository.Name}: {fileName}";
        var gaveUp = $"{what}: gave up after {(attempts == 1 ? "1 attempt" : $"{attempts} attempts")}: {error.Message}.";
        var message = error switch
        {
            { IsNoNetwork: true } =>
                $"{what}: {error.Message}. Connect to a network, or check HF_ENDPOINT ({settings.Endpoint}) and the proxy. ",
            { IsBeforeContact: true } => $"{gaveUp} Check the network and HF_ENDPOINT ({settings.Endpoint}). ",
            _ => $"{gaveUp} What has arrived is kept: the next download continues it. ",
        };
        return new Sam2DownloadException(
            Sam2DownloadFailure.Network,
            $"{message}Without a network, copy the model's files from a machine that has one and {HowToName(settings)}."
                + HubSuggestions.For(repository.Name),
            error);
    }

    /// <summary>What to do with files of a model: how to have them read, to follow "and".</summary>
    public static string HowToName(HubSettings settings) => settings.IsOfCommandLine
        ? "name their folder, or the file of weights, with --model"
        : "load them with Sam2Model.FromFile";

    /// <summary>An answer is compressed though that was not asked for, and cannot be used so.</summary>
    public static Sam2DownloadException Encoded(string what, string host, string encoding) => new(
        Sam2DownloadFailure.Network,
        $"{what}: expected it from {host} as it is, found it encoded as '{HubText.Clean(encoding)}', which was not asked for. "
        + "Have the proxy or the mirror (HF_ENDPOINT) leave files unchanged.");

    /// <summary>The model is not in the cache, and nothing may be downloaded.</summary>
    public static Sam2DownloadException Offline(HubRepository repository, HubSettings settings) => new(
        Sam2DownloadFailure.Offline,
        $"{repository.Name}: expected revision '{repository.Revision}' in {settings.CacheFolder}, found no complete one there, and "
        + $"{settings.OfflineBecauseOf} forbids to download it. Unset that and {HowToDownload(repository, settings)} where there is a "
        + "network."
        + HubSuggestions.For(repository.Name));

    /// <summary>A file of the cache is damaged and could not be downloaded again.</summary>
    /// <param name="repository">Repository.</param>
    /// <param name="defect">What is damaged.</param>
    /// <param name="settings">Says whether it was tried.</param>
    /// <param name="cause">Why it could not be downloaded; null where that is forbidden.</param>
    public static Sam2DownloadException Damaged(
        HubRepository repository, HubDefect defect, HubSettings settings, Sam2DownloadException? cause) => new(
        Sam2DownloadFailure.WrongContent,
        $"{repository.Name}: {defect.Path}: {defect.Problem}: this file of the cache cannot be used. "
        + (settings.OfflineBecauseOf is { } reason
            ? $"{reason} forbids to download it again: unset that and {HowToDownload(repository, settings)}, or "
            : string.Empty)
        + (cause is null ? string.Empty : $"Downloading it again failed: {cause.Message} Otherwise ")
        + "delete the file, or put a whole copy in its place.",
        cause);

    /// <summary>The cache cannot be written.</summary>
    public static Sam2DownloadException FromCache(Exception error, string path, long? needed) => DiskFullResults.Contains(error.HResult)
        ? DiskFull(path, needed, null, error)
        : new Sam2DownloadException(
            Sam2DownloadFailure.Cache,
            $"The cache cannot be written at {path}: {HubText.Clean(error.Message.TrimEnd('.'), HubText.MessageLength)}. "
            + "Choose another folder with HF_HUB_CACHE or Sam2DownloadOptions.CacheFolder.",
            error);

    /// <summary>There is no room for a file.</summary>
    public static Sam2DownloadException DiskFull(string path, long? needed, long? free, Exception? error = null) => new(
        Sam2DownloadFailure.DiskFull,
        $"The disk of {path} is full: {(needed is null ? "more" : HubText.Bytes(needed.Value))} needed"
        + (free is null ? ". " : $", {HubText.Bytes(free.Value)} free. ")
        + "Make room, or choose another disk with HF_HUB_CACHE or Sam2DownloadOptions.CacheFolder.",
        error);
}
