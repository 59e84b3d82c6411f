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
