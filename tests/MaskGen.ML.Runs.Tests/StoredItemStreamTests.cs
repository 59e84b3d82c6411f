namespace MaskGen.ML.Runs.Tests;

/// <summary>An item that is moved in gives the bytes that it has there, in a folder and in S3.</summary>
public sealed class StoredItemStreamTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_OfAnItemInAFolder_AnywhereAndInAnyLength() =>
        await AssertReadsAsync(MaskRunStore.Open(_folder["run"]));

    [Fact]
    public async Task Read_OfAnItemInS3_AnywhereAndInAnyLength()
    {
        var (client, bucket) = await TestServers.S3Async();
        await AssertReadsAsync(MaskRunStore.OpenS3(client, bucket, "run"));
    }

    [Fact]
    public async Task Read_BeyondFourGigabytes_FindsWhatIsThere()
    {
        const long Length = 5L << 30;
        var store = MaskRunStore.Open(_folder.Path);
        using (var file = File.Create(_folder["long"]))
        {
            file.SetLength(Length);
            file.Position = Length - 3;
            file.Write([1, 2, 3]);
        }

        await using var stream = await OpenAsync(store, "long");
        var end = new byte[8];
        stream.Seek(-5, SeekOrigin.End);

        Assert.Equal(5, await stream.ReadAtLeastAsync(end, 8, throwOnEndOfStream: false, TestContext.Current.CancellationToken));
        Assert.Equal([0, 0, 1, 2, 3, 0, 0, 0], end);
        Assert.Equal(Length, stream.Position);
    }

    [Fact]
    public async Task Read_OfAnItemThatHasBecomeShorter_SaysSo()
    {
        var store = MaskRunStore.Open(_folder.Path);
        var path = _folder.Write("item", new byte[100]);
        await using var stream = await OpenAsync(store, "item");
        File.WriteAllBytes(path, new byte[40]);

        var error = await Assert.ThrowsAsync<EndOfStreamException>(
            async () => await stream.ReadExactlyAsync(new byte[100], TestContext.Current.CancellationToken));

        Assert.Contains("item: expected 100 bytes, found 40.", error.Message, StringComparison.Ordinal);
    }

    private static async Task<StoredItemStream> OpenAsync(MaskRunStore store, string name) =>
        new(store, (await store.FindAsync(name, TestContext.Current.CancellationToken))!);

    // Shorter and longer than what is read at once.
    private static async Task AssertReadsAsync(MaskRunStore store)
    {
        var random = new Random(11);
        var content = new byte[1_000_003];
        random.NextBytes(content);
        await store.PrepareAsync(TestContext.Current.CancellationToken);
        await store.WriteAsync("item", content, TestContext.Current.CancellationToken);
        await using var stream = await OpenAsync(store, "item");
        Assert.Equal(content.Length, stream.Length);
        for (var round = 0; round < 40; round++)
        {
            var start = random.Next(content.Length + 10);
            var wanted = new byte[round % 2 == 0 ? random.Next(1000) : random.Next(content.Length)];
            var expected = content.AsMemory(Math.Min(start, content.Length));
            expected = expected[..Math.Min(expected.Length, wanted.Length)];
            stream.Position = start;

            var read = round % 3 == 0
                ? stream.ReadAtLeast(wanted, wanted.Length, throwOnEndOfStream: false)
                : await stream.ReadAtLeastAsync(wanted, wanted.Length, false, TestContext.Current.CancellationToken);

            Assert.True(expected.Span.SequenceEqual(wanted.AsSpan(0, read)), $"{wanted.Length} bytes from {start}");
        }
    }
}
