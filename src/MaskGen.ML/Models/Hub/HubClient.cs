using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Models;

/// <summary>What the hub says of a file.</summary>
/// <param name="FileName">Name in the repository.</param>
/// <param name="Commit">Commit that the revision stands for.</param>
/// <param name="ETag">Name of the content: for large files its SHA-256 in hexadecimal.</param>
/// <param name="Size">Number of bytes.</param>
internal sealed record HubFile(string FileName, string Commit, string ETag, long Size);

/// <summary>Speaks HTTP with a hub: metadata, lists of files and content. Makes one attempt; who calls decides about more.</summary>
/// <remarks>Safe for concurrent use. Faults that may pass are <see cref="HubTransientException"/>, all others <see
/// cref="Sam2DownloadException"/>.</remarks>
internal sealed partial class HubClient : IDisposable
{
    private const int MostRedirects = 8;
    private const long LargestList = 8 << 20;

    private readonly HubSettings _settings;
    private readonly HttpClient _http;

    public HubClient(HubSettings settings)
    {
        _settings = settings;

        var handler = new SocketsHttpHandler
        {
            // Followed here, because the token must stay with the hub.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(30),

            // Proxies come from the environment, as everywhere; none can reach a mirror on this very machine.
            UseProxy = !settings.Endpoint.IsLoopback,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(
            new ProductInfoHeaderValue("MaskGen.ML", typeof(HubClient).Assembly.GetName().Version?.ToString(3)));
        _http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    /// <summary>Asks about a file without fetching it; null where the repository has no such file.</summary>
    public async Task<HubFile?> FindAsync(HubRepository repository, string fileName, CancellationToken cancellationToken)
    {
        var address = FileAddress(repository, fileName);
        string? commit = null;
        for (var i = 0; i < MostRedirects; i++)
        {
            using var response = await SendAsync(HttpMethod.Head, address, 0, cancellationToken).ConfigureAwait(false);
            commit = Header(response, "X-Repo-Commit") ?? commit;
            var isRedirect = IsRedirect(response);
            var linked = (ETag: Header(response, "X-Linked-Etag"), Size: Header(response, "X-Linked-Size"));
            if (isRedirect && (commit is null || linked.ETag is null || linked.Size is null))
            {
                var next = Redirect(address, response);
                if (next.Host == address.Host && next.Port == address.Port)
                {
                    // A renamed repository, or the hub's own store of small files.
                    address = next;
                    continue;
                }
            }

            // To somewhere else the hub sends with large files, after it has said all about them.
            if (!isRedirect && !response.IsSuccessStatusCode)
            {
                return IsMissingFile(response) ? null : throw HubErrors.FromResponse(response, repository, fileName, _settings);
            }

            return Describe(response, repository, fileName, commit, isRedirect);
        }

        throw new Sam2DownloadException(
            Sam2DownloadFailure.Network, $"{repository.Name}: {_settings.Endpoint} redirects in circles. Check HF_ENDPOINT.");
    }

    /// <summary>Names of the files of a revision.</summary>
    public async Task<IReadOnlyList<string>> ListFilesAsync(HubRepository repository, CancellationToken cancellationToken)
    {
        var address = new Uri(_settings.Endpoint, $"api/models/{repository.Name}/revision/{Uri.EscapeDataString(repository.Revision)}");
        using var response = await GetAsync(repository, address, string.Empty, 0, cancellationToken).ConfigureAwait(false);
        try
        {
            await LoadAsync(response, address, cancellationToken).ConfigureAwait(false);
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            var siblings = document.RootElement.GetProperty("siblings").EnumerateArray();
            return [.. siblings.Select(s => s.GetProperty("rfilename").GetString() ?? string.Empty)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or HttpRequestException)
        {
            throw new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: expected a list of files from {address}, found something else. Check HF_ENDPOINT.",
                e);
        }
    }

    private async Task LoadAsync(HttpResponseMessage response, Uri address, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(_settings.StallTimeout, _settings.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(LargestList).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException { HttpRequestError: not HttpRequestError.ConfigurationLimitExceeded })
        {
            throw new HubTransientException($"the answer of {address.Host} was cut", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubTransientException($"{address.Host} does not go on with its answer", e);
        }
    }

    /// <summary>Opens the content of a file from an offset on. The caller disposes the response and looks whether it is 206 or
    /// 200.</summary>
    public Task<HttpResponseMessage> OpenAsync(HubRepository repository, HubFile file, long offset, CancellationToken cancellationToken)
    {
        // Always from the hub's own address: where it redirects to is good for a while only.
        var pinned = repository with { Revision = file.Commit };
        return GetAsync(pinned, FileAddress(pinned, file.FileName), file.FileName, offset, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> GetAsync(
        HubRepository repository, Uri address, string fileName, long offset, CancellationToken cancellationToken)
    {
        for (var i = 0; i < MostRedirects; i++)
        {
            var response = await SendAsync(HttpMethod.Get, address, offset, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                return response;
            }

            using (response)
            {
                address = IsRedirect(response)
                    ? Redirect(address, response)
                    : throw HubErrors.FromResponse(response, repository, fileName, _settings);
            }
        }

        throw new Sam2DownloadException(
            Sam2DownloadFailure.Network, $"{repository.Name}: {_settings.Endpoint} redirects in circles. Check HF_ENDPOINT.");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long offset, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
        }

        if (_settings.Token is not null && IsHub(address))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _settings.Token);
        }

        using var stall = new CancellationTokenSource(_settings.StallTimeout, _settings.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (HubErrors.IsTransient(response.StatusCode))
            {
                using (response)
                {
                    var wait = response.Headers.RetryAfter?.Delta;
                    throw new HubTransientException(
                        $"{address.Host} answers {(int)response.StatusCode} {response.ReasonPhrase}", null, wait);
                }
            }

            return response;
        }
        catch (HttpRequestException e)
        {
            throw HubErrors.FromRequest(e, address);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubTransientException($"{address.Host} does not answer", e);
        }
    }

    private HubFile Describe(HttpResponseMessage response, HubRepository repository, string fileName, string? commit, bool isRedirect)
    {
        // What a redirect says of itself is not about the file.
        var ownETag = isRedirect ? null : response.Headers.ETag?.Tag;
        var ownSize = isRedirect ? null : response.Content.Headers.ContentLength;
        var etag = (Header(response, "X-Linked-Etag") ?? ownETag)?.Trim().TrimStart('W', '/').Trim('"');
        var size = long.TryParse(Header(response, "X-Linked-Size"), out var linked) ? linked : ownSize;

        // Both become names of files and folders.
        return commit is not null && HubRepository.IsCommit(commit) && etag is not null && ETagPattern().IsMatch(etag) && size is >= 0
            ? new HubFile(fileName, commit, etag, size.Value)
            : throw new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: expected the commit, etag and size of {fileName} from {_settings.Endpoint}, "
                + $"found '{commit}', '{etag}' and '{size}': this is no Hugging Face hub. Check HF_ENDPOINT.");
    }

    private Uri Redirect(Uri address, HttpResponseMessage response)
    {
        var next = new Uri(address, response.Headers.Location!);
        return next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && address.Scheme == Uri.UriSchemeHttp)
            ? next
            : throw new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{_settings.Endpoint} redirects to {next.GetLeftPart(UriPartial.Authority)}, which is not encrypted; refused.");
    }

    private Uri FileAddress(HubRepository repository, string fileName) =>
        new(_settings.Endpoint, $"{repository.Name}/resolve/{Uri.EscapeDataString(repository.Revision)}/{Uri.EscapeDataString(fileName)}");

    private bool IsHub(Uri address) =>
        (address.Scheme, address.Host, address.Port) == (_settings.Endpoint.Scheme, _settings.Endpoint.Host, _settings.Endpoint.Port);

    private static bool IsRedirect(HttpResponseMessage response) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is not null;

    private static bool IsMissingFile(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.NotFound && Header(response, "X-Error-Code") == "EntryNotFound";

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex ETagPattern();
}
