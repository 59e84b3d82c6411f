using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests.Engine;

/// <summary>The queue of encodings, on a real server's own parts.</summary>
public sealed class EmbeddingQueueTests
{
    [Fact]
    public async Task Get_WithdrawnByAll_IsForgottenAndCanBeAskedForAgain()
    {
        await using var server = await TestServer.StartAsync();
        var (queue, image) = (server.Get<EmbeddingQueue>(), server.Get<ImageCatalog>().FindByName(SampleImages.StillLife)!);
        using var cancellation = new CancellationTokenSource();
        var withdrawn = queue.GetAsync(image, report: null, cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => withdrawn);
        var (embedding, _) = await queue.GetAsync(image, report: null, TestServer.Cancellation);
        Assert.Equal(new ImageSize(960, 640), embedding.ImageSize);
        Assert.Equal(EncodingState.Ready, image.State);
    }

    [Fact]
    public async Task Get_ByTwo_GoesOnWhenOneWithdraws()
    {
        await using var server = await TestServer.StartAsync();
        var (queue, image) = (server.Get<EmbeddingQueue>(), server.Get<ImageCatalog>().FindByName(SampleImages.StillLife)!);
        using var cancellation = new CancellationTokenSource();
        var first = queue.GetAsync(image, report: null, cancellation.Token);
        var second = queue.GetAsync(image, report: null, TestServer.Cancellation);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Same((await second).Image, (await queue.GetAsync(image, report: null, TestServer.Cancellation)).Image);
    }

    [Fact]
    public async Task Get_MoreThanTheMemory_KeepsWhatWasUsedLast()
    {
        await using var server = await TestServer.StartAsync((options, _) => options.EmbeddingBytes = 1);
        var (queue, image) = (server.Get<EmbeddingQueue>(), server.Get<ImageCatalog>().FindByName(SampleImages.Breakfast)!);

        Assert.Equal("model", (await queue.GetAsync(image, report: null, TestServer.Cancellation)).From);

        Assert.Null(server.Get<EmbeddingCache>().Peek(image.Sha256()));
        Assert.Equal("model", (await queue.GetAsync(image, report: null, TestServer.Cancellation)).From);
    }

    [Fact]
    public async Task Get_FileThatHasChanged_IsEncodedAnew()
    {
        await using var server = await TestServer.StartAsync();
        var (queue, image) = (server.Get<EmbeddingQueue>(), server.Get<ImageCatalog>().FindByName(SampleImages.StillLife)!);
        await queue.GetAsync(image, report: null, TestServer.Cancellation);

        File.Copy(SampleImages.PathOf(SampleImages.Breakfast), image.File(), overwrite: true);

        var (embedding, from) = await queue.GetAsync(image, report: null, TestServer.Cancellation);
        Assert.Equal((new ImageSize(480, 320), "model"), (embedding.ImageSize, from));
    }

    [Fact]
    public async Task Get_NoImage_FailsByNameAndTheNextGoesOn()
    {
        await using var server = await TestServer.StartAsync((options, folder) =>
        {
            File.WriteAllText(Path.Combine(folder, "broken.png"), "no image");
            options.Images.Add(new MaskGenWebImage(Path.Combine(folder, "broken.png"), "broken.png"));
        });
        var (queue, catalog) = (server.Get<EmbeddingQueue>(), server.Get<ImageCatalog>());
        var broken = catalog.FindByName("broken.png")!;

        await Assert.ThrowsAsync<InvalidDataException>(() => queue.GetAsync(broken, report: null, TestServer.Cancellation));

        Assert.Equal(EncodingState.Failed, broken.State);
        Assert.StartsWith("broken.png: expected an image", broken.Problem, StringComparison.Ordinal);
        await queue.GetAsync(catalog.FindByName(SampleImages.Breakfast)!, report: null, TestServer.Cancellation);
    }
}
