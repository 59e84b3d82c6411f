using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A long Parquet file of a shard in a real S3 server, and how much of it is fetched.</summary>
internal sealed class LongPart : IDisposable
{
    private static readonly ImageSize Size = new(100, 100);
    private readonly AmazonS3Client _client;

    private LongPart(AmazonS3Client client, string bucket, long length)
    {
        (_client, Length) = (client, length);
        Store = MaskRunStore.OpenS3(client, bucket, "run");
        client.AfterResponseEvent += (_, e) =>
            Fetched += e is WebServiceResponseEventArgs { Response: GetObjectResponse response } ? response.ContentLength : 0;
    }

    /// <summary>The name of the file.</summary>
    public static string Name { get; } = RunNames.Part(0);

    /// <summary>The images in it that failed.</summary>
    public static IReadOnlyList<string> Failed { get; } = ["broken-0.png", "broken-30.png"];

    /// <summary>Where it is.</summary>
    public MaskRunStore Store { get; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>How many bytes of objects were fetched since.</summary>
    public long Fetched { get; private set; }

    /// <summary>Puts it there.</summary>
    public static async Task<LongPart> PutAsync()
    {
        var (client, bucket) = await TestServers.S3Async();
        using var content = new MemoryStream();
        Write(content);
        await TestBucket.PutAsync(client, bucket, "run/" + Name, content.ToArray());
        return new LongPart(client, bucket, content.Length);
    }

    public void Dispose() => _client.Dispose();

    // Masks of noise, whose run lengths are as long as those of objects in photos.
    private static void Write(Stream stream)
    {
        var random = new Random(5);
        var table = new PartTable(stream, "run", shard: 0, attempt: 1, "worker", gpu: null);
        for (var image = 0; image < 60; image++)
        {
            table.Add($"{image}.png", new MaskSet(Size, [.. Enumerable.Range(0, 80).Select(_ => Noise(random))]));
            if (Failed.Contains($"broken-{image}.png"))
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
