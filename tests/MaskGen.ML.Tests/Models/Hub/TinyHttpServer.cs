using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>A request as the server saw it.</summary>
internal sealed record TinyRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>First byte that a Range header asks for, or null without one.</summary>
    public long? RangeStart => Headers.TryGetValue("range", out var range) ? long.Parse(range["bytes=".Length..].TrimEnd('-')) : null;
}

/// <summary>A response to send; may break off or wait on the way, as real servers never do on purpose.</summary>
internal sealed record TinyResponse(int Status, byte[] Body)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Content-Length to announce, if another than the body's.</summary>
    public long? AnnouncedLength { get; init; }

    /// <summary>Bytes of the body after which the connection is cut, or null to send all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Awaited after the cut-off part of the body has been sent and before the connection is closed; is given a task that ends
    /// when the client goes away.</summary>
    public Func<Task, Task>? BeforeCut { get; init; }
}

/// <summary>An HTTP/1.1 server of one request per connection, so that a test decides about every byte and every cut.</summary>
internal sealed class TinyHttpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<TinyRequest, TinyResponse> _handler;
    private readonly List<TinyRequest> _requests = [];

    public TinyHttpServer(Func<TinyRequest, TinyResponse> handler)
    {
        _handler = handler;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>What was asked so far.</summary>
    public IReadOnlyList<TinyRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (await ReadRequestAsync(stream) is not { } request)
                {
                    return;
                }

                lock (_requests)
                {
                    _requests.Add(request);
                }

                await SendAsync(client, stream, request, _handler(request));
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // The client went away: killed, or cancelled.
            }
        }
    }

    private static async Task<TinyRequest?> ReadRequestAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, bufferSize: 1024, leaveOpen: true);
        if (await reader.ReadLineAsync() is not { } line)
        {
            return null;
        }

        var headers = new Dictionary<string, string>();
        while (await reader.ReadLineAsync() is { Length: > 0 } header)
        {
            var colon = header.IndexOf(':');
            headers[header[..colon].ToLowerInvariant()] = header[(colon + 1)..].Trim();
        }

        var parts = line.Split(' ');
        return new TinyRequest(parts[0], parts[1], headers);
    }

    private static async Task WaitForEndAsync(NetworkStream stream)
    {
        try
        {
            // A client has nothing more to say after its request: whatever comes is the end.
            await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
        }
        catch (IOException)
        {
            // A reset is an end as well.
        }
    }

    private static async Task SendAsync(TcpClient client, NetworkStream stream, TinyRequest request, TinyResponse response)
    {
        var head = new StringBuilder($"HTTP/1.1 {response.Status} Status\r\nConnection: close\r\nContent-Length: {response.AnnouncedLength ?? response.Body.Length}\r\n");
        foreach (var (name, value) in response.Headers)
        {
            head.Append($"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method == "HEAD")
        {
            return;
        }

        await stream.WriteAsync(response.Body.AsMemory(0, Math.Min(response.CutAfter ?? int.MaxValue, response.Body.Length)));
        if (response.CutAfter is null)
        {
            return;
        }

        if (response.BeforeCut is not null)
        {
            await response.BeforeCut(WaitForEndAsync(stream));
        }

        // Half the cuts of real life are resets; this one is an early end, which a client must not take for the whole.
        client.Client.Shutdown(SocketShutdown.Both);
    }
}
