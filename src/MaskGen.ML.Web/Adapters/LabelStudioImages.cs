using System.Net.Http.Headers;

namespace MaskGen.ML.Web;

/// <summary>Fetches the images of the one Label Studio that was named at start, and from nowhere else.</summary>
internal sealed class LabelStudioImages : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly MaskGenWebOptions _options;
    private readonly HttpClient _client;

    public LabelStudioImages(MaskGenWebOptions options)
    {
        _options = options;

        // A redirection would lead to an address that somebody else names.
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = options.MaximumBodyBytes,
        };
    }

    /// <summary>The address that a task means, if it may be fetched.</summary>
    /// <param name="address">As the task has it.</param>
    /// <returns>Null where no Label Studio was named.</returns>
    /// <exception cref="WebProblem">It is at another host.</exception>
    public Uri? AddressOf(string address)
    {
        if (_options.LabelStudioHost is not { } host)
        {
            return null;
        }

        return Uri.TryCreate(host, address, out var meant)
            && meant.Scheme == host.Scheme && meant.Port == host.Port && meant.UserInfo.Length == 0
            && string.Equals(meant.IdnHost, host.IdnHost, StringComparison.OrdinalIgnoreCase)
                ? meant
                : throw WebProblem.Forbidden("Expected an image of the Label Studio of --label-studio-host, found one of another host.");
    }

    /// <summary>Fetches an image.</summary>
    /// <exception cref="WebProblem">It cannot be fetched.</exception>
    public async Task<byte[]> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (_options.LabelStudioToken is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Token", token);
        }

        try
        {
            using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)
                : throw new WebProblem(502, "not-fetched", $"Label Studio answered {(int)response.StatusCode} for the image.");
        }
        catch (Exception e)
            when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new WebProblem(502, "not-fetched", "The image could not be fetched from Label Studio.");
        }
    }

    public void Dispose() => _client.Dispose();
}
