namespace MaskGen.ML.Runs.Tests;

/// <summary>What <c>status</c> reads of the Parquet file of a shard.</summary>
public class PartSummaryTests
{
    // The descriptions of the row groups alone are longer.
    [Fact]
    public async Task Read_OfALongPart_FetchesSixteenKilobytes()
    {
        using var part = await LongPart.PutAsync();
        var item = await part.Store.FindAsync(LongPart.Name, TestContext.Current.CancellationToken);

        var summary = await PartSummary.ReadAsync(part.Store, item!, TestContext.Current.CancellationToken);

        Assert.Equal((62, 2, 4800L, 4802L), (summary.Images, summary.Failed, summary.Masks, summary.Rows));
        Assert.Equal(16 << 10, part.Fetched);
    }
}
