using FsCheck;
using FsCheck.Xunit;

namespace MaskGen.ML.Tests.Imaging;

public class RgbImageLimitTests
{
    /// <summary>What a refusal may allocate: its fixed buffers, whatever the file claims.</summary>
    internal const long FixedCost = 1 << 20;

    private static readonly byte[] OneBlock = [2, 2, 0x44, 1, 0];

    public static TheoryData<string, string> Bombs() => new()
    {
        { "png-50000", "50000x50000 = 2500000000" },
        { "png-flat", "1000000x400 = 400000000" },
        { "png-10000", "10000 rows of a PNG image of 10000x10000, found data for 0 at most" },
        { "png-widest", "2147483647x1 = 2147483647" },
        { "png-longside", "at most 1000000 pixels a side, found 1000001x1" },
        { "png-none", "1 pixel at least, found 0x5" },
        { "png-negative", "1 pixel at least, found -1x5" },
        { "gif-20000", "20000x20000 = 400000000" },
        { "gif-frame", "20000x20000 = 400000000" },
        { "gif-9999", "9999 rows of a GIF image of 9999x9999, found data for 6 at most in 35 bytes" },
        { "webp-16383", "16383x16383 = 268402689" },
        { "webp-canvas", "20000x20000 = 400000000" },
        { "webp-animation", "65535x65535 = 4294836225" },
        { "webp-liar", "header is damaged" },
        { "bmp-20000", "20000x20000 = 400000000" },
        { "bmp-10000", "10000 rows of a BMP image of 10000x10000, found data for 0 at most in 54 bytes" },
        { "bmp-longside", "at most 65535 pixels a side, found 65536x2" },
        { "jpg-65500", "65500x65500 = 4290250000" },
        { "jpg-9000", "9000 rows of a JPEG image of 9000x9000, found data for " },
        { "jpg-scans", "a JPEG of more than 100 scans" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Load_ImageBomb_IsRefusedBeforeAnythingIsAllocated(string name, string expected)
    {
        var bomb = Bomb(name);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(new MemoryStream(bomb)));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, FixedCost);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Bombs_TakeNoNativeMemoryEither()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peak memory is read from /proc.");

        var peak = ImageChild.Run(nameof(ImageChild.Bombs_AllOfThem_GiveThePeak));

        Assert.InRange(long.Parse(peak.Single(), System.Globalization.CultureInfo.InvariantCulture), 0, 30L << 20);
    }

    [Theory]
    [InlineData("jpg", 3.5)]
    [InlineData("bmp", 3.5)]
    [InlineData("png", 4.5)]
    [InlineData("gif", 4.5)]
    [InlineData("webp", 8.5)]
    public void Load_LargeImage_TakesTheMemoryThatTheOptionsState(string format, double bytesPerPixel)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peak memory is read from /proc.");

        var answer = ImageChild.Run(nameof(ImageChild.Load_FourMillionPixels_GivesThePeak), format);

        Assert.InRange(double.Parse(answer.Single(), System.Globalization.CultureInfo.InvariantCulture), 2.9, bytesPerPixel);
    }

    [Property(MaxTest = 60)]
    public void Load_AtTheLimit_IsReadAndBeyondItRefused(PositiveInt width, PositiveInt height)
    {
        var size = new ImageSize((width.Get % 60) + 1, (height.Get % 60) + 1);
        foreach (var format in ImageBytes.Formats)
        {
            var file = ImageBytes.Random(format, size.Width, size.Height, seed: 1);
            Assert.Equal(size, RgbImage.Load(new MemoryStream(file), new ImageLoadOptions { MaximumPixels = size.PixelCount }).Size);
            if (size.PixelCount > 1)
            {
                var error = Assert.Throws<InvalidDataException>(
                    () => RgbImage.Load(new MemoryStream(file), new ImageLoadOptions { MaximumPixels = size.PixelCount - 1 }));
                Assert.Contains(
                    $"at most {size.PixelCount - 1} pixels, found {size} = {size.PixelCount}", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(715_827_864)]
    [InlineData(long.MaxValue)]
    public void Options_OutOfRange_AreRefused(long maximumPixels)
    {
        var options = new ImageLoadOptions { MaximumPixels = maximumPixels };

        Assert.Throws<ArgumentOutOfRangeException>(options.Validate);
        Assert.Throws<ArgumentOutOfRangeException>(() => RgbImage.Load(new MemoryStream(), options));
        Assert.Throws<ArgumentOutOfRangeException>(() => RgbImage.Load("no-such.png", options));
    }

    [Fact]
    public void Options_LargestLimit_IsValid() => new ImageLoadOptions { MaximumPixels = 715_827_863 }.Validate();

    [Fact]
    public void Load_EndlessZeros_ReadsOnlyTheBeginning()
    {
        var stream = new Trickle([], 1, endless: true);

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(stream));

        Assert.Contains("zeros only", error.Message, StringComparison.Ordinal);
        Assert.InRange(stream.BytesRead, 1, 1 << 16);
    }

    [Fact]
    public void Load_EndlessStreamThatBeginsLikeAnImage_EndsAtTheLimit()
    {
        var stream = new Trickle(ImageBytes.Random("png", 4, 4, 1), 1000, endless: true);

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(stream, new ImageLoadOptions { MaximumPixels = 1000 }));

        Assert.Contains($"at most {(64 << 20) + 8000} bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(stream.BytesRead, 64 << 20, (64 << 20) + (4 << 20));
    }

    [Fact]
    public void Load_FileLongerThanTheLimit_IsRefusedUnread()
    {
        using var folder = new TestFolder();
        var path = folder.Write("long.png", ImageBytes.Random("png", 4, 4, 1));
        using (var file = File.OpenWrite(path))
        {
            file.SetLength(100L << 20);
        }

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(path, new ImageLoadOptions { MaximumPixels = 16 }));

        Assert.Contains($"at most {(64 << 20) + 128} bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains($"found {100 << 20}", error.Message, StringComparison.Ordinal);
        Assert.Equal(new ImageSize(4, 4), RgbImage.Load(path).Size);
    }

    [Fact]
    public void FromPixels_SizesBeyondTheType_AreRefusedWithValueAndLimit()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => RgbImage.FromPixels(new ImageSize(int.MaxValue, int.MaxValue), []));

        Assert.Contains("at most 715827863 pixels, found 4611686014132420609", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A small file that claims much, or asks for much work.</summary>
    internal static byte[] Bomb(string name) => name switch
    {
        "png-50000" => ImageBytes.Png(50_000, 50_000, 8, 2, []),
        "png-flat" => ImageBytes.Png(1_000_000, 400, 8, 2, []),
        "png-10000" => ImageBytes.Png(10_000, 10_000, 8, 2, []),
        "png-widest" => ImageBytes.Png(int.MaxValue, 1, 1, 0, []),
        "png-longside" => ImageBytes.Png(1_000_001, 1, 1, 0, new byte[125_002]),
        "png-none" => ImageBytes.Png(0, 5, 8, 2, []),
        "png-negative" => ImageBytes.Png(-1, 5, 8, 2, []),
        "gif-20000" => ImageBytes.Gif(20_000, 20_000, 1, 1, OneBlock),
        "gif-frame" => ImageBytes.Gif(1, 1, 20_000, 20_000, OneBlock),
        "gif-9999" => ImageBytes.Gif(9999, 9999, 9999, 9999, OneBlock),
        "webp-16383" => ImageBytes.PlainWebP(16_383, 16_383),
        "webp-canvas" => ImageBytes.ExtendedWebP(20_000, 20_000, 0, ImageBytes.PlainWebP(9, 9)[12..]),
        "webp-animation" => ImageBytes.ExtendedWebP(65_535, 65_535, 2, [.. "ANIM"u8, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        "webp-liar" => ImageBytes.ExtendedWebP(1, 1, 0, ImageBytes.PlainWebP(16_383, 16_383)[12..]),
        "bmp-20000" => ImageBytes.Bmp(20_000, 20_000, 24, 0, 0, []),
        "bmp-10000" => ImageBytes.Bmp(10_000, -10_000, 1, 0, 0, []),
        "bmp-longside" => ImageBytes.Bmp(65_536, 2, 1, 0, 2, new byte[8 + (2 * 8192)]),
        "jpg-65500" => Claiming("baseline.jpg", 0xC0, 65_500),
        "jpg-9000" => Claiming("baseline.jpg", 0xC0, 9000),
        "jpg-scans" => ManyScans(),
        _ => throw new ArgumentException(name),
    };

    private static byte[] Claiming(string name, byte frameMarker, ushort side)
    {
        var file = File.ReadAllBytes(Fixture.Path($"images/formats/{name}"));
        var frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, frameMarker]);
        byte[] both = [(byte)(side >> 8), (byte)side, (byte)(side >> 8), (byte)side];
        both.CopyTo(file, frame + 5);
        return file;
    }

    private static byte[] ManyScans()
    {
        var file = File.ReadAllBytes(Fixture.Path("images/formats/progressive.jpg"));
        var last = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        var scan = file[last..^2];
        return [.. file[..last], .. Enumerable.Repeat(scan, 200).SelectMany(bytes => bytes), 0xFF, 0xD9];
    }
}
