namespace MaskGen.ML.Runs.Tests;

/// <summary>What <c>retry</c> reads of the Parquet file of a shard.</summary>
public class PartFailuresTests
{
    [Fact]
    public async Task Read_OfALongPart_FetchesLittleAndFindsTheImagesThatFailed()
    {
        using var part = await LongPart.PutAsync();

        var failed = await PartFailures.ReadAsync(part.Store, LongPart.Name, TestContext.Current.CancellationToken);

        Assert.Equal(LongPart.Failed, failed.Order(StringComparer.Ordinal));
        Assert.InRange(part.Length, 8 << 20, long.MaxValue);
        Assert.InRange(part.Fetched, 1, 1 << 20);
    }
}
