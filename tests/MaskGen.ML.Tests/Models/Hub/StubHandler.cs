namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>A network of the test's own.</summary>
internal sealed class StubHandler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send) : HttpMessageHandler
{
    private int _count;

    /// <summary>Requests so far.</summary>
    public int Count => _count;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _count);
        return send(request, cancellationToken);
    }
}
