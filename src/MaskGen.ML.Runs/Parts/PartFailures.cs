using Parquet;
using Parquet.Schema;

namespace MaskGen.ML.Runs;

/// <summary>Reads from the Parquet file of a shard which images failed.</summary>
internal static class PartFailures
{
    /// <summary>The images with an error. Of the file only the columns that say so are read, however long it is.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is not the file of a shard.</exception>
    public static async Task<IReadOnlySet<string>> ReadAsync(MaskRunStore store, string part, CancellationToken cancellationToken)
    {
        var item = await store.FindAsync(part, cancellationToken).ConfigureAwait(false)
            ?? throw new FileNotFoundException($"{store.Address}/{part}: expected the file of a shard, found none.");
        var failed = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var stream = new StoredItemStream(store, item);
            await using var _ = stream.ConfigureAwait(false);
            var reader = await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var (image, error) = (Field(reader.Schema, "image"), Field(reader.Schema, "error"));
                for (var i = 0; i < reader.RowGroupCount; i++)
                {
                    using var group = reader.OpenRowGroupReader(i);
                    var (images, errors) = (new string?[group.RowCount], new string?[group.RowCount]);
                    await group.ReadAsync(image, images.AsMemory(), null, cancellationToken).ConfigureAwait(false);
                    await group.ReadAsync(error, errors.AsMemory(), null, cancellationToken).ConfigureAwait(false);
                    failed.UnionWith(images.Where((_, row) => errors[row] is not null)!);
                }
            }
        }
        catch (Exception e) when (e is ParquetException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{store.Address}/{part}: expected the Parquet file of a shard: {e.Message}", e);
        }

        return failed;
    }

    private static DataField Field(ParquetSchema schema, string name) => schema.GetDataFields().First(field => field.Name == name);
}
