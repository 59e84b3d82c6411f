using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MaskGen.ML.Models;

/// <summary>Speaks HTTP with a hub: metadata, lists of files and content. Makes one attempt; who calls decides about more.</summary>
/// <remarks>Faults that may pass are <see cref="HubTransientException"/>, all others <see cref="Sam2DownloadException"/>. One request at a
/// time.</remarks>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 8;
    private const int LargestList = 8 << 20;

    private readonly HubSettings _settings;
    private readonly HubReporter _reporter;
    private readonly HttpClient _http;
    private bool _hasAnswered;

    public HubClient(HubSettings settings, HubReporter reporter)
    {
        _settings = settings;
        _reporter = reporter;
        _http = new HttpClient(settings.Handler ?? CreateHandler(settings), disposeHandler: settings.Handler is null)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
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
            using var response = await SendAsync(HttpMethod.Head, address, fileName, 0, cancellationToken).ConfigureAwait(false);
            commit = Header(response, "X-Repo-Commit") ?? commit;
            var isRedirect = IsRedirect(response);
            var linked = (ETag: Header(response, "X-Linked-Etag"), Size: Header(response, "X-Linked-Size"));
            if (isRedirect && (commit is null || linked.ETag is null || linked.Size is null))
            {
                var next = Redirect(repository, address, response);
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

        throw RedirectsInCircles(repository);
    }

    /// <summary>Names of the files of a revision, as the hub writes them.</summary>
    public async Task<IReadOnlyList<string>> ListFilesAsync(HubRepository repository, CancellationToken cancellationToken)
    {
        var address = new Uri(_settings.Endpoint, $"api/models/{repository.Name}/revision/{Uri.EscapeDataString(repository.Revision)}");
        using var response = await GetAsync(repository, address, string.Empty, 0, cancellationToken).ConfigureAwait(false);
        var what = $"{repository.Name}: the list of files";
        var body = await HubBody.OpenAsync(response, what, _settings, cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var json = await body.ReadAllAsync(LargestList, cancellationToken).ConfigureAwait(false);
            try
            {
                using var document = JsonDocument.Parse(
                    json ?? throw new JsonException($"It has more than {HubText.Bytes(LargestList)}."));
                var siblings = document.RootElement.GetProperty("siblings").EnumerateArray();
                return [.. siblings.Select(s => s.GetProperty("rfilename").GetString() ?? string.Empty)];
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                throw new Sam2DownloadException(
                    Sam2DownloadFailure.Network,
                    $"{repository.Name}: expected a list of files from {address}, found something else: "
                    + $"{HubText.Clean(e.Message, HubText.MessageLength)} Check HF_ENDPOINT.",
                    e);
            }
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

    private static SocketsHttpHandler CreateHandler(HubSettings settings) => new()
    {
        // Followed here, because the token must stay with the hub.
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = settings.ConnectTimeout,

        // Proxies come from the environment, as everywhere; none can reach a mirror on this very machine.
        Proxy = settings.Proxy,
        UseProxy = settings.Proxy is not null || !settings.Endpoint.IsLoopback,
    };

    private async Task<HttpResponseMessage> GetAsync(
        HubRepository repository, Uri address, string fileName, long offset, CancellationToken cancellationToken)
    {
        for (var i = 0; i < MostRedirects; i++)
        {
            var response = await SendAsync(HttpMethod.Get, address, fileName, offset, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                return response;
            }

            using (response)
            {
                address = IsRedirect(response)
                    ? Redirect(repository, address, response)
                    : throw HubErrors.FromResponse(response, repository, fileName, _settings);
            }
        }

        throw RedirectsInCircles(repository);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, string fileName, long offset, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(_settings.StallTimeout, _settings.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        var pending = _http.SendAsync(CreateRequest(method, address, offset), HttpCompletionOption.ResponseHeadersRead, either.Token);
        try
        {
            await ReportIfSlowAsync(pending, address, fileName, either.Token).ConfigureAwait(false);

            // The resolution of a name cannot be cancelled on every system; it is left behind then.
            var response = await pending.WaitAsync(either.Token).ConfigureAwait(false);
            _hasAnswered = true;
            if (HubErrors.IsTransient(response.StatusCode))
            {
                using (response)
                {
                    throw new HubTransientException(
                        $"{address.Host} answers {(int)response.StatusCode} {HubText.Clean(response.ReasonPhrase)}",
                        null,
                        response.Headers.RetryAfter?.Delta);
                }
            }

            return response;
        }
        catch (HttpRequestException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw HubErrors.FromRequest(e, address, _settings, !_hasAnswered);
        }
        catch (OperationCanceledException e)
        {
            DisposeLater(pending);
            cancellationToken.ThrowIfCancellationRequested();
            throw new HubTransientException($"{address.Host} does not answer", e) { IsBeforeContact = !_hasAnswered };
        }
    }

    private HttpRequestMessage CreateRequest(HttpMethod method, Uri address, long offset)
    {
        var request = new HttpRequestMessage(method, address);
        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
        }

        if (IsHub(address))
        {
            request.Headers.Authorization = (_settings.Credentials, _settings.Token) switch
            {
                ({ } user, _) => new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user))),
                (_, { } token) => new AuthenticationHeaderValue("Bearer", token),
                _ => null,
            };
        }

        return request;
    }

    private async Task ReportIfSlowAsync(Task pending, Uri address, string fileName, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(_settings.NoticeDelay, _settings.TimeProvider, enough.Token);
        if (await Task.WhenAny(pending, delay).ConfigureAwait(false) == delay && !cancellationToken.IsCancellationRequested)
        {
            _reporter.Say(fileName, $"waiting for {address.Host}");
        }

        await enough.CancelAsync().ConfigureAwait(false);
    }

    private static void DisposeLater(Task<HttpResponseMessage> pending) => _ = pending.ContinueWith(
        static task =>
        {
            if (task.IsCompletedSuccessfully)
            {
                task.Result.Dispose();
            }

            // Observed, so that its exception is not reported as unobserved.
            _ = task.Exception;
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private HubFile Describe(HttpResponseMessage response, HubRepository repository, string fileName, string? commit, bool isRedirect)
    {
        // What a redirect says of itself is not about the file.
        var ownETag = isRedirect ? null : response.Headers.ETag?.Tag;
        var ownSize = isRedirect ? null : response.Content.Headers.ContentLength;
        var linkedSize = Header(response, "X-Linked-Size");
        if (linkedSize is null && HubBody.EncodingOf(response) is { } encoding)
        {
            // Nothing says how long the file itself is.
            throw HubErrors.Encoded($"{repository.Name}: {fileName}", _settings.Endpoint.Host, encoding);
        }

        var etag = (Header(response, "X-Linked-Etag") ?? ownETag)?.Trim().TrimStart('W', '/').Trim('"');
        var size = long.TryParse(linkedSize, NumberStyles.None, CultureInfo.InvariantCulture, out var linked) ? linked : ownSize;

        // Both become names of files and folders.
        return commit is not null && HubRepository.IsCommit(commit) && etag is not null && HubNames.IsETag(etag) && size is >= 0
            ? new HubFile(fileName, commit, etag, size.Value)
            : throw new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: expected the commit, etag and size of {fileName} from {_settings.Endpoint}, "
                + $"found '{HubText.Clean(commit)}', '{HubText.Clean(etag)}' and '{HubText.Clean(linkedSize ?? $"{ownSize}")}': "
                + "this is no Hugging Face hub. Check HF_ENDPOINT.");
    }

    private Uri Redirect(HubRepository repository, Uri address, HttpResponseMessage response)
    {
        if (!Uri.TryCreate(address, response.Headers.Location, out var next)
            || next.Scheme is not ("https" or "http")
            || next.Host.Length == 0)
        {
            throw new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: {_settings.Endpoint.Host} redirects to something that is no http or https address; refused. "
                + "Check HF_ENDPOINT.");
        }

        // A user and a password of somebody else's choice are of no use.
        next = HubSettings.WithoutUserInfo(next);
        return next.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp
            ? next
            : throw new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: {_settings.Endpoint.Host} redirects to {next.GetLeftPart(UriPartial.Authority)}, "
                + "which is not encrypted; refused.");
    }

    private Sam2DownloadException RedirectsInCircles(HubRepository repository) => new(
        Sam2DownloadFailure.Network,
        $"{repository.Name}: {_settings.Endpoint} redirects in circles (more than {MostRedirects} times). Check HF_ENDPOINT.");

    private Uri FileAddress(HubRepository repository, string fileName) =>
        new(
            _settings.Endpoint,
            $"{repository.Name}/resolve/{Uri.EscapeDataString(repository.Revision)}/"
            + string.Join('/', fileName.Split('/').Select(Uri.EscapeDataString)));

    private bool IsHub(Uri address) =>
        (address.Scheme, address.Host, address.Port) == (_settings.Endpoint.Scheme, _settings.Endpoint.Host, _settings.Endpoint.Port);

    private static bool IsRedirect(HttpResponseMessage response) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is not null;

    // A mirror may not say what is missing; whether it has the repository shows with the other files.
    private static bool IsMissingFile(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.NotFound && Header(response, "X-Error-Code") is null or "EntryNotFound";

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
