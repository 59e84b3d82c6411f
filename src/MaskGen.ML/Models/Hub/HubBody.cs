using System.IO.Compression;

namespace MaskGen.ML.Models;

/// <summary>The content of an answer, as the file is: unpacked where something on the way has packed it. Ends an answer that stalls or
/// trickles.</summary>
internal sealed class HubBody : IAsyncDisposable
{
    private readonly HubSettings _settings;
    private readonly Stream _stream;
    private readonly string _host;
    private long _windowStart;
    private long _windowBytes;

    private HubBody(HubSettings settings, Stream stream, string host)
    {
        _settings = settings;
        _stream = stream;
        _host = host;
        _windowStart = settings.TimeProvider.GetTimestamp();
    }

    /// <summary>How an answer is packed, or null where it is as the file is. It was asked not to be.</summary>
    public static string? EncodingOf(HttpResponseMessage response) =>
        response.Content.Headers.ContentEncoding.FirstOrDefault(e => !e.Equals("identity", StringComparison.OrdinalIgnoreCase));

    /// <summary>Opens the content.</summary>
    /// <exception cref="Sam2DownloadException">It is packed in a way that cannot be unpacked.</exception>
    public static async Task<HubBody> OpenAsync(
        HttpResponseMessage response, string what, HubSettings settings, CancellationToken cancellationToken)
    {
        var encoding = EncodingOf(response);
        var host = response.RequestMessage?.RequestUri?.Host ?? settings.Endpoint.Host;
        var all = response.Content.Headers.ContentEncoding;
        if (encoding?.ToLowerInvariant() is not (null or "gzip" or "x-gzip" or "deflate" or "br") || all.Count > 1)
        {
            throw HubErrors.Encoded(what, host, string.Join(", ", all));
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        Stream unpacked = encoding?.ToLowerInvariant() switch
        {
            null => stream,
            "deflate" => new ZLibStream(stream, CompressionMode.Decompress),
            "br" => new BrotliStream(stream, CompressionMode.Decompress),
            _ => new GZipStream(stream, CompressionMode.Decompress),
        };
        return new HubBody(settings, unpacked, host);
    }

    /// <summary>Reads what has arrived; 0 at the end.</summary>
    /// <exception cref="HubTransientException">The answer was cut, stalls, or is too slow.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(_settings.StallTimeout, _settings.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        try
        {
            var read = await _stream.ReadAsync(buffer, either.Token).ConfigureAwait(false);
            ThrowIfSlow(read);
            return read;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new HubTransientException($"the connection to {_host} was cut", e);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new HubTransientException($"{_host} sends packed data that is damaged", e);
        }
        catch (OperationCanceledException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new HubTransientException($"nothing arrived from {_host} for {HubText.Seconds(_settings.StallTimeout)}", e);
        }
    }

    /// <summary>Reads all of a content that should be short.</summary>
    /// <returns>The content, or null where it is longer.</returns>
    public async Task<byte[]?> ReadAllAsync(int longest, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        using var content = new MemoryStream();
        for (int read; (read = await ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (content.Length + read > longest)
            {
                return null;
            }

            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private void ThrowIfSlow(int read)
    {
        _windowBytes += read;
        var elapsed = _settings.TimeProvider.GetElapsedTime(_windowStart);
        if (elapsed < _settings.RateWindow)
        {
            return;
        }

        if (read > 0 && _windowBytes < _settings.LeastBytesPerSecond * elapsed.TotalSeconds)
        {
            throw new HubTransientException(
                $"{_host} is too slow: expected at least {HubText.Bytes(_settings.LeastBytesPerSecond)} per second, "
                + $"found {HubText.Bytes(_windowBytes)} in {HubText.Seconds(elapsed)}") { IsTooSlow = true };
        }

        (_windowStart, _windowBytes) = (_settings.TimeProvider.GetTimestamp(), 0);
    }
}
