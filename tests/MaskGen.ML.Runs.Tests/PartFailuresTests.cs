using Amazon.Runtime;
using Amazon.S3.Model;

namespace MaskGen.ML.Runs.Tests;

/// <summary>What <c>retry</c> reads of the Parquet file of a shard: a small part of a long one, measured at a real S3 server.</summary>
public class PartFailuresTests
{
    private static readonly ImageSize Size = new(100, 100);

    [Fact]
    public async Task Read_OfALongPart_FetchesLittleAndFindsTheImagesThatFailed()
    {
        var (client, bucket) = await TestServers.S3Async();
        using var content = new MemoryStream();
        Write(content);
        await TestBucket.PutAsync(client, bucket, "run/" + RunNames.Part(0), content.ToArray());
        var fetched = 0L;
        client.AfterResponseEvent += (_, e) =>
            fetched += e is WebServiceResponseEventArgs { Response: GetObjectResponse response } ? response.ContentLength : 0;

        var failed = await PartFailures.ReadAsync(
            MaskRunStore.OpenS3(client, bucket, "run"), RunNames.Part(0), TestContext.Current.CancellationToken);

        Assert.Equal(["broken-0.png", "broken-30.png"], failed.Order(StringComparer.Ordinal));
        Assert.InRange(content.Length, 8 << 20, long.MaxValue);
        Assert.InRange(fetched, 1, 1 << 20);
    }

    // Masks of noise, whose run lengths are as long as those of objects in photos.
    private static void Write(Stream stream)
    {
        var random = new Random(5);
        var table = new PartTable(stream, "run", shard: 0, attempt: 1, "worker", gpu: null);
        for (var image = 0; image < 60; image++)
        {
            table.Add($"{image}.png", new MaskSet(Size, [.. Enumerable.Range(0, 80).Select(_ => Noise(random))]));
            if (image % 30 == 0)
            {
                table.AddFailure($"broken-{image}.png", "It cannot be read.");
            }
        }

        table.Complete();
    }

    private static MaskRecord Noise(Random random)
    {
        var noise = new byte[Size.PixelCount];
        random.NextBytes(noise);
        return MaskRecord.From(RunLengthEncoding.FromMask(Size, Array.ConvertAll(noise, value => value >= 128)));
    }
}
