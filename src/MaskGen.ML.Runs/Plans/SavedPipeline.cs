using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.ML;

namespace MaskGen.ML.Runs;

/// <summary>A pipeline as a run keeps it: what ML.NET saves, in a form that is the same every time.</summary>
internal static class SavedPipeline
{
    // The earliest that a zip can say.
    private static readonly DateTimeOffset NoTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Saves a pipeline.</summary>
    /// <param name="ml">The context that it was made with.</param>
    /// <param name="model">The pipeline.</param>
    /// <param name="schema">What it is given.</param>
    /// <param name="path">The file to write.</param>
    /// <remarks>ML.NET's own file has the time of saving in it, so that no two are the same.</remarks>
    public static void Save(MLContext ml, ITransformer model, DataViewSchema schema, string path)
    {
        var original = path + ".ml";
        try
        {
            ml.Model.Save(model, schema, original);
            using var source = ZipFile.OpenRead(original);
            using var target = ZipFile.Open(path, ZipArchiveMode.Create);
            foreach (var entry in source.Entries.OrderBy(entry => entry.FullName, StringComparer.Ordinal))
            {
                // Weights hardly shrink, and how much they do differs from one version of zlib to the next.
                var copy = target.CreateEntry(entry.FullName, CompressionLevel.NoCompression);
                copy.LastWriteTime = NoTime;
                using var from = entry.Open();
                using var to = copy.Open();
                from.CopyTo(to);
            }
        }
        finally
        {
            File.Delete(original);
        }
    }

    /// <summary>Copies the pipeline of a run to a file.</summary>
    /// <exception cref="MaskRunMismatchException">It is not the one that the run was created with.</exception>
    public static async Task CopyAsync(
        MaskRunStore store, RunManifest manifest, string path, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(RunNames.Pipeline, cancellationToken).ConfigureAwait(false) is null)
        {
            throw new MaskRunMismatchException($"{store.Address}: expected {RunNames.Pipeline}, found none. The run was changed.");
        }

        var source = await store.OpenAsync(RunNames.Pipeline, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            var target = File.Create(path);
            await using (target.ConfigureAwait(false))
            {
                await source.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
            }
        }

        var hash = await HashAsync(path, cancellationToken).ConfigureAwait(false);
        if (hash != manifest.PipelineSha256)
        {
            throw new MaskRunMismatchException(
                $"{store.Address}/{RunNames.Pipeline}: expected the pipeline that the run was created with (SHA-256 "
                + $"{manifest.PipelineSha256}), found another ({hash}).");
        }
    }

    /// <summary>SHA-256 of a file in hexadecimal digits.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
        await using (stream.ConfigureAwait(false))
        {
            return Hex(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>A hash in hexadecimal digits.</summary>
    public static string Hex(byte[] hash) => Convert.ToHexString(hash).ToLowerInvariant();
}
