namespace MaskGen.ML.Tests.Imaging;

/// <summary>Images from memory, and from streams that are awaited.</summary>
public class RgbImageBytesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Images() =>
        [.. Directory.GetFiles(Fixture.Path("images"), "scene*").Select(path => $"images/{Path.GetFileName(path)}"),
            "images/formats/plain.gif",
            "images/formats/plain.bmp", "images/formats/lossless.webp", "images/formats/progressive.jpg"];

    [Theory]
    [MemberData(nameof(Images))]
    public async Task Load_EveryWayIn_GivesTheSamePixels(string name)
    {
        var path = Fixture.Path(name);
        var file = await File.ReadAllBytesAsync(path, Token);
        var expected = RgbImage.Load(path);

        foreach (var image in new[]
        {
            RgbImage.Load(file),
            RgbImage.Load(new MemoryStream(file)),
            await RgbImage.LoadAsync(path, cancellationToken: Token),
            await RgbImage.LoadAsync(new MemoryStream(file), cancellationToken: Token),
            await RgbImage.LoadAsync(new AsyncStream(file, 1000), cancellationToken: Token),
            await RgbImage.LoadAsync(new AsyncStream(file, 1), cancellationToken: Token),
        })
        {
            Assert.Equal(expected.Size, image.Size);
            Assert.Equal(expected.Pixels, image.Pixels);
        }
    }

    [Fact]
    public void Load_PartOfALargerArray_ReadsThatPart()
    {
        var file = ImageBytes.Random("png", 7, 5, 1);
        byte[] around = [1, 2, 3, .. file, 4, 5];

        Assert.Equal(RgbImage.Load(file).Pixels, RgbImage.Load(around.AsSpan(3, file.Length)).Pixels);
    }

    [Theory]
    [InlineData("", "found an empty file")]
    [InlineData("no image", "found")]
    [InlineData("%PDF-1.7 and so on", "found a PDF document")]
    public void Load_BytesThatAreNoImage_SaysWhatTheyAre(string text, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(System.Text.Encoding.ASCII.GetBytes(text)));

        Assert.StartsWith("encoded image: expected an image (PNG", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoadAsync_StreamThatIsNoImage_ReadsOnlyTheBeginning()
    {
        var stream = new AsyncStream([], 1, endless: true);

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => RgbImage.LoadAsync(stream, cancellationToken: Token));

        Assert.StartsWith("stream: expected an image", error.Message, StringComparison.Ordinal);
        Assert.InRange(stream.BytesRead, 1, 1 << 16);
    }

    [Fact]
    public async Task LoadAsync_EndlessStreamThatBeginsLikeAnImage_EndsAtTheLimit()
    {
        var stream = new AsyncStream(ImageBytes.Random("png", 4, 4, 1), 1000, endless: true);
        var limit = new ImageLoadOptions { MaximumPixels = 1000 };

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => RgbImage.LoadAsync(stream, limit, Token));

        Assert.Contains($"at most {(64 << 20) + 8000} bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(stream.BytesRead, 64 << 20, (64 << 20) + (4 << 20));
    }

    [Fact]
    public async Task LoadAsync_FileLongerThanTheLimit_IsRefusedUnread()
    {
        using var folder = new TestFolder();
        var path = folder.Write("long.png", ImageBytes.Random("png", 4, 4, 1));
        using (var file = File.OpenWrite(path))
        {
            file.SetLength(100L << 20);
        }

        var before = GC.GetTotalAllocatedBytes();
        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => RgbImage.LoadAsync(path, new ImageLoadOptions { MaximumPixels = 16 }, Token));

        Assert.Contains($"found {100 << 20}", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64L << 20);
    }

    [Fact]
    public async Task LoadAsync_MorePixelsThanAllowed_IsRefused()
    {
        var file = ImageBytes.Random("png", 20, 30, 1);

        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => RgbImage.LoadAsync(new AsyncStream(file, 99), new ImageLoadOptions { MaximumPixels = 599 }, Token));

        Assert.Contains("at most 599 pixels, found 20x30 = 600", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoadAsync_Cancelled_ReadsNoFurther()
    {
        var file = ImageBytes.Random("png", 200, 200, 1);
        for (var after = 0; after < 4; after++)
        {
            using var source = new CancellationTokenSource();
            var reads = after;
            var stream = new AsyncStream(file, 40_000, beforeRead: () =>
            {
                if (reads-- == 0)
                {
                    source.Cancel();
                }
            });

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RgbImage.LoadAsync(stream, null, source.Token));
            Assert.InRange(stream.BytesRead, 0, after * 40_000);
            Assert.False(stream.IsDisposed);
        }
    }

    [Fact]
    public async Task LoadAsync_FailingStream_GivesItsExceptionAsItIs()
    {
        var stream = new AsyncStream(ImageBytes.Random("png", 90, 90, 1), 500, beforeRead: () => throw new TimeoutException("slow"));

        Assert.Equal(
            "slow", (await Assert.ThrowsAsync<TimeoutException>(() => RgbImage.LoadAsync(stream, cancellationToken: Token))).Message);
    }

    [Fact]
    public async Task LoadAsync_BadArguments_ThrowAtTheCall()
    {
        var options = new ImageLoadOptions { MaximumPixels = 0 };

        Assert.Throws<ArgumentNullException>(() => { _ = RgbImage.LoadAsync((Stream)null!, cancellationToken: Token); });
        Assert.Throws<ArgumentException>(() => { _ = RgbImage.LoadAsync(string.Empty, cancellationToken: Token); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = RgbImage.LoadAsync(new MemoryStream(), options, Token); });
        Assert.Throws<ArgumentOutOfRangeException>(() => RgbImage.Load([1, 2], options));
        await Assert.ThrowsAsync<FileNotFoundException>(() => RgbImage.LoadAsync("no-such.png", cancellationToken: Token));
    }
}
