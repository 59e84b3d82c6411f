using System.Net;
using System.Net.Sockets;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A line to a server that can be cut as a network is: what was sent stays under way, new connections are not answered, and
/// neither side hears of it. When it is mended everything arrives. Or it can be broken, as when a server ends: connections are closed, and
/// new ones too, until it is mended.</summary>
internal sealed class CutLine : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _port;
    private volatile TaskCompletionSource _open = new();
    private volatile CancellationTokenSource _whole = new();

    public CutLine(int port)
    {
        _port = port;
        _open.SetResult();
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where it begins.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Cut() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Break() => _whole.Cancel();

    public void Mend()
    {
        if (_whole.IsCancellationRequested)
        {
            _whole = new CancellationTokenSource();
        }

        _open.TrySetResult();
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        Mend();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = JoinAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task JoinAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await _open.Task;
                using var either = CancellationTokenSource.CreateLinkedTokenSource(_whole.Token, _end.Token);
                using var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _port, either.Token);
                var (near, far) = (client.GetStream(), server.GetStream());
                await Task.WhenAny(CarryAsync(near, far, either.Token), CarryAsync(far, near, either.Token));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // One side has closed it.
        }
    }

    private async Task CarryAsync(NetworkStream from, NetworkStream to, CancellationToken end)
    {
        var buffer = new byte[1 << 14];
        while (await from.ReadAsync(buffer, end) is > 0 and var count)
        {
            await _open.Task;
            await to.WriteAsync(buffer.AsMemory(0, count), end);
        }
    }
}
