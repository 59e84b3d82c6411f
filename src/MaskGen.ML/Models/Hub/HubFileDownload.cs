using System.Buffers;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Polly;
using Polly.Retry;

namespace MaskGen.ML.Models;

/// <summary>Brings one file into the cache: goes on where an earlier attempt was cut, tries again, checks, and puts it in place when it is
/// whole.</summary>
internal sealed class HubFileDownload
{
    private const int BufferSize = 1 << 17;

    /// <summary>Hexadecimal digits of a SHA-256: the etag of a large file is one.</summary>
    private const int Sha256Digits = 64;

    /// <summary>Hexadecimal digits of a SHA-1: the etag of a small file is git's name of its content.</summary>
    private const int Sha1Digits = 40;

    private const string Culprit = "something on the way (proxy, mirror in HF_ENDPOINT) changes the file.";

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    private readonly HubSettings _settings;
    private readonly HubClient _client;
    private readonly HubCache _cache;
    private readonly HubRepository _repository;
    private readonly ResiliencePipeline _pipeline;

    public HubFileDownload(HubSettings settings, HubClient client, HubCache cache, HubRepository repository)
    {
        _settings = settings;
        _client = client;
        _cache = cache;
        _repository = repository;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = settings.TimeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<HubTransientException>(),
                MaxRetryAttempts = settings.RetryCount,
                Delay = settings.RetryDelay,
                MaxDelay = LongestDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,

                // A server that says when to come back is believed, within reason.
                DelayGenerator = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is HubTransientException { RetryAfter: { } wait } ? Min(wait, LongestDelay) : (TimeSpan?)null),
            })
            .Build();
    }

    /// <summary>Runs a request with retries.</summary>
    /// <exception cref="Sam2DownloadException">All attempts failed.</exception>
    public async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(
                async token => await request(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (HubTransientException e)
        {
            throw HubErrors.AfterRetries(e, _repository, _settings.RetryCount + 1);
        }
    }

    /// <summary>Makes the blob of a file be there, whole. Of several processes one downloads and the others wait for it.</summary>
    public async Task EnsureAsync(HubFile file, CancellationToken cancellationToken)
    {
        var blob = _cache.BlobPath(_repository, file.ETag);
        try
        {
            if (File.Exists(blob))
            {
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
            using var held = await HubFileLock.AcquireAsync(
                _cache.LockPath(_repository, file.ETag), _settings.TimeProvider, cancellationToken).ConfigureAwait(false);
            if (!File.Exists(blob))
            {
                await DownloadAsync(file, blob, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && e is not Sam2DownloadException))
        {
            throw HubErrors.FromCache(e, blob, file.Size);
        }
    }

    private async Task DownloadAsync(HubFile file, string blob, CancellationToken cancellationToken)
    {
        var partial = blob + ".incomplete";
        if (!HasHash(file))
        {
            // Nothing could tell whether the two parts belong together.
            File.Delete(partial);
        }

        var resumed = LengthOf(partial) > 0;
        CheckRoom(file, partial);
        await CompleteAsync(file, partial, cancellationToken).ConfigureAwait(false);
        var problem = await FindDefectAsync(file, partial, cancellationToken).ConfigureAwait(false);
        if (problem is not null && resumed)
        {
            // The beginning is from another time and may be what is wrong.
            File.Delete(partial);
            await CompleteAsync(file, partial, cancellationToken).ConfigureAwait(false);
            problem = await FindDefectAsync(file, partial, cancellationToken).ConfigureAwait(false);
        }

        if (problem is not null)
        {
            File.Delete(partial);
            throw new Sam2DownloadException(
                Sam2DownloadFailure.WrongContent,
                $"{_repository.Name}: {file.FileName}: {problem} It was deleted. Try again; if it happens again, {Culprit}");
        }

        File.Move(partial, blob, overwrite: true);
    }

    private void CheckRoom(HubFile file, string partial)
    {
        var needed = file.Size - LengthOf(partial);
        if (_settings.FreeSpace(Path.GetDirectoryName(partial)!) is { } free && needed > free)
        {
            throw HubErrors.DiskFull(partial, needed, free);
        }
    }

    /// <summary>Attempts until all bytes are there; attempts that brought something do not count.</summary>
    private async Task CompleteAsync(HubFile file, string partial, CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = LengthOf(partial);
            try
            {
                await RetryAsync(
                    async token =>
                    {
                        await AttemptAsync(file, partial, token).ConfigureAwait(false);
                        return true;
                    },
                    cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Sam2DownloadException e) when (e.InnerException is HubTransientException && LengthOf(partial) > before)
            {
                // A bad line, but one that gets on.
            }
        }
    }

    private async Task AttemptAsync(HubFile file, string partial, CancellationToken cancellationToken)
    {
        var done = LengthOf(partial);
        if (done > file.Size)
        {
            File.Delete(partial);
            done = 0;
        }

        if (done == file.Size && done > 0)
        {
            return;
        }

        using var response = await _client.OpenAsync(_repository, file, done, cancellationToken).ConfigureAwait(false);
        if (done > 0 && !(response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == done))
        {
            // The server does not go on from there: from the beginning, then.
            File.Delete(partial);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new HubTransientException($"the server does not go on from byte {done}");
            }

            done = 0;
        }

        var output = _settings.OpenPartial(partial);
        await using (output.ConfigureAwait(false))
        {
            try
            {
                await CopyAsync(response, output, file, done, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                // Writing ends here, and content that is too long. What came of the one would only take the room, and of the other is wrong.
                await output.DisposeAsync().ConfigureAwait(false);
                File.Delete(partial);
                throw e is Sam2DownloadException ? e : HubErrors.FromCache(e, partial, file.Size);
            }
        }
    }

    private async Task CopyAsync(HttpResponseMessage response, Stream output, HubFile file, long done, CancellationToken cancellationToken)
    {
        var meter = new HubProgressMeter(_settings, file, done);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var input = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            for (int read; (read = await ReadAsync(input, buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                done += read;
                if (done > file.Size)
                {
                    throw new Sam2DownloadException(
                        Sam2DownloadFailure.WrongContent,
                        $"{_repository.Name}: {file.FileName}: expected {file.Size} bytes, found more: {Culprit}");
                }

                await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                meter.Report(done);
            }

            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (done < file.Size)
            {
                throw new HubTransientException($"the connection was cut after {done} of {file.Size} bytes");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<int> ReadAsync(Stream input, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(_settings.StallTimeout, _settings.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        try
        {
            return await input.ReadAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new HubTransientException("the connection was cut", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubTransientException($"nothing arrived for {_settings.StallTimeout.TotalSeconds:0} seconds", e);
        }
    }

    private static async Task<string?> FindDefectAsync(HubFile file, string path, CancellationToken cancellationToken)
    {
        var length = LengthOf(path);
        if (length != file.Size)
        {
            return $"expected {file.Size} bytes, found {length}.";
        }

        if (!HasHash(file))
        {
            return null;
        }

        var (name, found) = file.ETag.Length == Sha256Digits
            ? ("SHA-256", await HashAsync(path, HashAlgorithmName.SHA256, string.Empty, cancellationToken).ConfigureAwait(false))
            : ("git's SHA-1", await HashAsync(path, HashAlgorithmName.SHA1, GitHeader(file.Size), cancellationToken).ConfigureAwait(false));
        return string.Equals(found, file.ETag, StringComparison.OrdinalIgnoreCase) ? null : $"expected {name} {file.ETag}, found {found}.";
    }

    // Git hashes this before the content: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    private static string GitHeader(long size) => string.Create(CultureInfo.InvariantCulture, $"blob {size}\0");

    private static async Task<string> HashAsync(string path, HashAlgorithmName algorithm, string header, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        hash.AppendData(Encoding.ASCII.GetBytes(header));
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var stream = File.OpenRead(path);
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }

    private static bool HasHash(HubFile file) => file.ETag.Length is Sha1Digits or Sha256Digits && file.ETag.All(char.IsAsciiHexDigit);

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
