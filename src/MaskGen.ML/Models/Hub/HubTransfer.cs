using System.Buffers;
using System.Net;

namespace MaskGen.ML.Models;

/// <summary>Brings the content of a file into its unfinished file, in as many attempts as are worth it.</summary>
internal sealed class HubTransfer(
    HubSettings settings, HubClient client, HubRetry retry, HubRepository repository, HubReporter reporter)
{
    private const int BufferSize = 1 << 17;

    /// <summary>Attempts until all bytes are there. Their number starts anew whenever a share of the file has arrived that is worth going
    /// on: a line that is cut often gets there, and a trickle ends.</summary>
    /// <exception cref="Sam2DownloadException">The hub gave out, or the content is too long.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task CompleteAsync(HubFile file, HubPartialFile partial, CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = partial.Length;
            try
            {
                await retry.RunAsync(
                    file.FileName,
                    async token =>
                    {
                        await AttemptAsync(file, partial, token).ConfigureAwait(false);
                        return true;
                    },
                    cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Sam2DownloadException e) when (
                e.InnerException is HubTransientException { IsTooSlow: false }
                && partial.Length - before >= settings.ProgressThatCounts(file.Size))
            {
                reporter.Say(file.FileName, $"{e.InnerException.Message}; going on from byte {partial.Length}");
            }
        }
    }

    private async Task AttemptAsync(HubFile file, HubPartialFile partial, CancellationToken cancellationToken)
    {
        if (partial.Length > file.Size)
        {
            partial.Clear();
        }

        var done = partial.Length;
        if (done == file.Size && done > 0)
        {
            return;
        }

        using var response = await client.OpenAsync(repository, file, done, cancellationToken).ConfigureAwait(false);
        if (done > 0 && !Continues(response, done))
        {
            // The server does not go on from there: from the beginning, then.
            partial.Clear();
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new HubTransientException($"the server does not go on from byte {done}");
            }

            done = 0;
        }

        await CopyAsync(response, partial, file, done, cancellationToken).ConfigureAwait(false);
    }

    // Where the answer is packed, nobody knows which bytes the range was about.
    private static bool Continues(HttpResponseMessage response, long done) =>
        response.StatusCode == HttpStatusCode.PartialContent
        && response.Content.Headers.ContentRange?.From == done
        && HubBody.EncodingOf(response) is null;

    private async Task CopyAsync(
        HttpResponseMessage response, HubPartialFile partial, HubFile file, long done, CancellationToken cancellationToken)
    {
        reporter.Begin(file, done);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var what = $"{repository.Name}: {file.FileName}";
            var body = await HubBody.OpenAsync(response, what, settings, cancellationToken).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                for (int read; (read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
                {
                    done += read;
                    if (done > file.Size)
                    {
                        throw new Sam2DownloadException(
                            Sam2DownloadFailure.WrongContent,
                            $"{what}: expected {HubText.Bytes(file.Size)}, found more: {HubFileDownload.Culprit}");
                    }

                    await partial.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    reporter.Report(done);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (done < file.Size)
        {
            throw new HubTransientException($"the connection was cut after {done} of {HubText.Bytes(file.Size)}");
        }
    }
}
