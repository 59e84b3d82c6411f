using System.Net;
using System.Net.Sockets;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A server on a free port of this machine, which answers one request after the other.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<HttpListenerContext, Task> _answer;

    /// <summary>Starts it.</summary>
    /// <param name="answer">Answers a request, and closes the response.</param>
    public LoopbackServer(Func<HttpListenerContext, Task> answer)
    {
        _answer = answer;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        }

        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>Where it is.</summary>
    public string Address { get; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                await _answer(await _listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // It was closed, or who asked is dead.
            }
        }
    }
}
