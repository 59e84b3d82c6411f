namespace MaskGen.ML.Tests.Imaging;

public class RgbImageTests
{
    [Fact]
    public void Load_WithAlpha_DropsItWithoutBlending()
    {
        Assert.Equal(Load("scene.png").Pixels, Load("scene-alpha.png").Pixels);
    }

    [Fact]
    public void Load_Gray_HasThreeEqualChannels()
    {
        var gray = Load("scene-gray.png");

        Assert.Equal(Load("scene.png").Size, gray.Size);
        for (var i = 0; i < gray.Pixels.Length; i += 3)
        {
            Assert.True(gray.Pixels[i] == gray.Pixels[i + 1] && gray.Pixels[i] == gray.Pixels[i + 2]);
        }
    }

    [Fact]
    public void Load_Palette_IsCloseToTheOriginal()
    {
        Assert.InRange(MeanDifference(Load("scene.png"), Load("scene-palette.png")), 0, 8);
    }

    [Fact]
    public void Load_JpegWithOrientation6_IsUpright()
    {
        var upright = Load("scene-orientation-6.jpg");

        Assert.Equal(Load("scene.png").Size, upright.Size);
        Assert.InRange(MeanDifference(Load("scene.png"), upright), 0, 4);
    }

    [Fact]
    public void Load_OnePixel_Works()
    {
        Assert.Equal(new ImageSize(1, 1), Load("one-pixel.png").Size);
    }

    [Fact]
    public void Load_NoSuchFile_SaysSo()
    {
        var error = Assert.Throws<FileNotFoundException>(() => RgbImage.Load("no-such.png"));

        Assert.Contains("no-such.png", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TextNamedPng_SaysWhatWasExpectedAndFound()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["text.png"], "not an image");

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(folder["text.png"]));

        Assert.Contains("expected an image", error.Message, StringComparison.Ordinal);
        Assert.Contains("12 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Folder_SaysSo()
    {
        using var folder = new TestFolder();

        Assert.Contains(
            "found a folder", Assert.Throws<FileNotFoundException>(() => RgbImage.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Links_AreFollowedAndThoseToNowhereNamed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        using var folder = new TestFolder();
        File.CreateSymbolicLink(folder["first"], Fixture.Path("images/scene.png"));
        File.CreateSymbolicLink(folder["second"], folder["first"]);
        File.CreateSymbolicLink(folder["dangling"], folder["no-such.png"]);
        File.WriteAllBytes(folder["empty"], []);
        File.CreateSymbolicLink(folder["to-empty"], folder["empty"]);

        Assert.Equal(Load("scene.png").Size, RgbImage.Load(folder["second"]).Size);
        Assert.Contains(
            "a link to", Assert.Throws<FileNotFoundException>(() => RgbImage.Load(folder["dangling"])).Message, StringComparison.Ordinal);
        Assert.Contains(
            "an empty file", Assert.Throws<InvalidDataException>(() => RgbImage.Load(folder["to-empty"])).Message,
            StringComparison.Ordinal);
    }

    // Opening a pipe that nobody writes into would wait for ever.
    [Fact(Timeout = 60_000)]
    public async Task Load_PipeOrDevice_IsRefusedWithoutOpeningIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No such files there.");
        using var folder = new TestFolder();
        using (var make = System.Diagnostics.Process.Start("mkfifo", folder["pipe.png"]))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        File.CreateSymbolicLink(folder["link.png"], folder["pipe.png"]);
        foreach (var path in (string[])[folder["pipe.png"], folder["link.png"], "/dev/zero", "/dev/null"])
        {
            var error = await Task.Run(
                () => Assert.Throws<InvalidDataException>(() => RgbImage.Load(path)), TestContext.Current.CancellationToken);
            Assert.Contains("pipe or device", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_StreamThatThrows_ThrowsTheSame()
    {
        // While native code reads, an exception must not go through it.
        var file = File.ReadAllBytes(Fixture.Path("images/scene.png"));
        foreach (var start in (int[])[0, 5000])
        {
            using var stream = new FailingStream(file, start);
            Assert.Equal("the cable", Assert.Throws<IOException>(() => RgbImage.Load(stream)).Message);
        }
    }

    [Theory]
    [InlineData("baseline.jpg")]
    [InlineData("plain.png")]
    [InlineData("plain.gif")]
    [InlineData("lossless.webp")]
    [InlineData("plain.bmp")]
    public async Task LoadAsync_CancelledWhileReading_IsCancelled(string name)
    {
        var file = File.ReadAllBytes(Fixture.Path($"images/formats/{name}"));
        for (var after = 0; after < 3; after++)
        {
            using var source = new CancellationTokenSource();
            var reads = after;
            using var stream = new FailingStream(file, int.MaxValue, () =>
            {
                if (reads-- == 0)
                {
                    source.Cancel();
                }
            });

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RgbImage.LoadAsync(stream, null, source.Token));
        }
    }

    [Fact]
    public async Task LoadAsync_CancelledBefore_ReadsNothing()
    {
        var stream = new Trickle([1], 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RgbImage.LoadAsync(stream, null, new CancellationToken(canceled: true)));
        Assert.Equal(0, stream.BytesRead);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(5000)]
    public void Load_TruncatedFile_IsRefused(int length)
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder["cut.png"], File.ReadAllBytes(Fixture.Path("images/still-life.png"))[..length]);

        Assert.Throws<InvalidDataException>(() => RgbImage.Load(folder["cut.png"]));
    }

    [Fact]
    public void FromPixels_WrongLength_SaysExpectedAndFound()
    {
        var error = Assert.Throws<ArgumentException>(() => RgbImage.FromPixels(new ImageSize(2, 2), new byte[5]));

        Assert.Contains("Expected 12 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("found 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Crop_Part_HasItsPixels()
    {
        var image = RgbImage.FromPixels(new ImageSize(3, 2), [.. Enumerable.Range(0, 18).Select(i => (byte)i)]);

        Assert.Equal<byte>([12, 13, 14, 15, 16, 17], image.Crop(1, 1, new ImageSize(2, 1)).Pixels);
    }

    private static RgbImage Load(string name) => RgbImage.Load(Fixture.Path($"images/{name}"));

    private static double MeanDifference(RgbImage expected, RgbImage actual)
    {
        double sum = 0;
        for (var i = 0; i < expected.Pixels.Length; i++)
        {
            sum += Math.Abs(expected.Pixels[i] - actual.Pixels[i]);
        }

        return sum / expected.Pixels.Length;
    }

    /// <summary>Bytes that can be positioned, and that fail when read at a place.</summary>
    private sealed class FailingStream(byte[] bytes, int failsFrom, Action? beforeRead = null) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            beforeRead?.Invoke();
            return Position + count > failsFrom ? throw new IOException("the cable") : base.Read(buffer, offset, count);
        }
    }
}
