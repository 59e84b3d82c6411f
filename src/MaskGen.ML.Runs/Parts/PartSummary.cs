using System.Buffers.Binary;
using System.Text.Json;

namespace MaskGen.ML.Runs;

/// <summary>What the Parquet file of a shard says about itself, in the metadata at its end.</summary>
/// <param name="Run">Id of the run.</param>
/// <param name="Shard">The shard.</param>
/// <param name="Images">Number of images.</param>
/// <param name="Failed">How many of them have an error.</param>
/// <param name="Masks">Number of masks.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Attempt">Which attempt at the shard wrote it, from 1.</param>
/// <param name="Worker">Who wrote it.</param>
/// <param name="Seconds">How long that took.</param>
internal sealed record PartSummary(
    string Run, int Shard, int Images, int Failed, long Masks, long Rows, int Attempt, string Worker, double Seconds)
{
    /// <summary>The key that it stands under.</summary>
    public const string MetadataKey = "maskgen.part";

    // More than what stands behind the descriptions of the row groups, which are longer: the library puts whole run lengths into them, as
    // the least and the greatest of a column.
    private const int FirstRead = 1 << 14;
    private const int EndLength = 8;
    private const int LongestFooter = 1 << 28;

    // Compact and in camel case, so that its beginning can be searched for; ASCII, so that the file has it as it is here.
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Text for the metadata.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads it from a file, of which nothing else is read.</summary>
    /// <exception cref="InvalidDataException">It is not the file of a shard.</exception>
    public static async Task<PartSummary> ReadAsync(MaskRunStore store, StoredItem part, CancellationToken cancellationToken)
    {
        var length = (int)Math.Min(part.Length, FirstRead);
        var end = await store.ReadAsync(part.Name, part.Length - length, length, cancellationToken).ConfigureAwait(false);
        if (end.Length >= EndLength && end.AsSpan().EndsWith("PAR1"u8))
        {
            if (TryFind(end) is { } near)
            {
                return near;
            }

            var footer = BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(end.Length - EndLength));
            if (footer > end.Length - EndLength && footer <= Math.Min(LongestFooter, part.Length - EndLength))
            {
                length = (int)footer + EndLength;
                end = await store.ReadAsync(part.Name, part.Length - length, length, cancellationToken).ConfigureAwait(false);
            }

            if (TryFind(end) is { } summary)
            {
                return summary;
            }
        }

        throw new InvalidDataException($"{store.Address}/{part.Name}: expected the Parquet file of a shard, found another file.");
    }

    // Text stands in the end of a Parquet file as it is; what is searched for stands after everything else that could hold text.
    private static PartSummary? TryFind(ReadOnlySpan<byte> end)
    {
        var start = end.LastIndexOf("{\"run\":\""u8);
        if (start < 0)
        {
            return null;
        }

        try
        {
            var json = new Utf8JsonReader(end[start..], isFinalBlock: false, state: default);
            return JsonSerializer.Deserialize<PartSummary>(ref json, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
