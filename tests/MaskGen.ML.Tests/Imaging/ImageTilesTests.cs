using System.Globalization;
using BitMiracle.LibTiff.Classic;
using MaskGen.ML.Imaging;

namespace MaskGen.ML.Tests.Imaging;

public class ImageTilesTests
{
    private static readonly ImageSize Size = new(97, 71);

    [Theory]
    [InlineData("png", 1)]
    [InlineData("png", 3)]
    [InlineData("png", 6)]
    [InlineData("jpg", 1)]
    [InlineData("jpg", 2)]
    [InlineData("jpg", 5)]
    [InlineData("jpg", 8)]
    [InlineData("webp", 7)]
    [InlineData("webp", 1)]
    public void Read_AnyPart_IsThatPartOfTheWholeImage(string format, int orientation)
    {
        var file = ImageBytes.Random(format, Size.Width, Size.Height, 1);
        CheckParts(orientation == 1 && format == "webp" ? file : ImageBytes.WithExif(format, file, ImageBytes.Exif(orientation)));
    }

    [Theory]
    [InlineData(Compression.NONE, false, 1)]
    [InlineData(Compression.LZW, false, 4)]
    [InlineData(Compression.ADOBE_DEFLATE, true, 1)]
    [InlineData(Compression.NONE, true, 6)]
    public void Read_AnyPartOfATiff_IsThatPartOfTheWholeImage(Compression compression, bool isTiled, int orientation) =>
        CheckParts(isTiled ? Tiled(compression, orientation) : TiffBytes.Make(
            Size, 3, 8, Noise(), Photometric.RGB, tiff => tiff.SetField(TiffTag.ORIENTATION, (Orientation)orientation), compression));

    [Theory]
    [InlineData("png", 0)]
    [InlineData("tif-strips", 0)]
    [InlineData("tif-tiles", 0)]
    [InlineData("jpg", 0)]
    public void Read_LargeImage_TakesTheMemoryOfARowOfTiles(string format, double fewest)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peak memory is read from /proc.");
        if (format == "tif-tiles")
        {
            // Here, since the child that is skipped for want of it gives no answer.
            Gdal.SkipUnlessInstalled();
        }

        var answer = ImageChild.Run(nameof(ImageChild.Tiles_SixtyFourMillionPixels_GivesThePeak), format);

        // The rows of a tile are an eighth of the image: 3/8 of a byte per pixel, and as much again for a tile and its rows.
        Assert.InRange(double.Parse(answer.Single(), CultureInfo.InvariantCulture), fewest, 1);
    }

    [Fact]
    public void Open_RowsBeyondTheLimit_AreRefusedWithTheWayOut()
    {
        var error = Refused(ImageBytes.Png(50_000, 50_000, 8, 2, new byte[2_000_000]), new ImageLoadOptions(), 50_000);
        Assert.Contains("found 50000x50000; cut the image up", error.Message, StringComparison.Ordinal);

        error = Refused(
            ImageBytes.Random("png", 40, 40, 1), new ImageLoadOptions { MaximumPixels = 300 }, 10);
        Assert.Contains("at most 300 pixels, found 10 rows of 40. Make the tiles smaller", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_RowsThatNoArrayHolds_AreRefusedWithTheWayOut()
    {
        // The rows of a tile would fit; those that are kept for several of them do not.
        using var stream = new MemoryStream(ImageBytes.Png(310_000, 6_900, 8, 2, new byte[2_000_000]));
        var options = new ImageLoadOptions { MaximumPixels = 1_000_000_000 };
        var error = Assert.Throws<InvalidDataException>(
            () => ImageTiles.Open(stream, "wide.png", options, 2048, room: 512, TestContext.Current.CancellationToken));
        Assert.Contains("found 2560 rows of 310000. Make the tiles smaller", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FormThatIsDecodedAsAWhole_IsRefusedBeyondTheLimitWithTheWayOut()
    {
        var error = Refused(ImageBytes.Random("webp", 40, 40, 1), new ImageLoadOptions { MaximumPixels = 1000 }, 10);

        Assert.Contains(
            "This form of WebP is decoded as a whole and not by tiles: save it as a TIFF", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CutFile_SaysHowManyRowsCame()
    {
        var png = ImageBytes.Random("png", 64, 200, 1);
        using var tiles = Open(png[..(png.Length / 2)], new ImageLoadOptions(), 64);

        var error = Assert.Throws<InvalidDataException>(() => tiles.Read(new PixelArea(0, 150, new ImageSize(64, 50))));

        Assert.Contains("expected 200 rows of a PNG image of 64x200, found ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Overview_IsTheMeanOfSquares()
    {
        var file = ImageBytes.Random("png", 10, 7, 1);
        using var tiles = Open(file, new ImageLoadOptions(), 4);
        var overview = tiles.BeginOverview(5);
        tiles.Read(new PixelArea(0, 5, new ImageSize(3, 2)));

        var (small, whole) = (overview.ToImage(), RgbImage.Load(file));

        Assert.Equal((2, new ImageSize(5, 4)), (overview.Factor, small.Size));
        for (var color = 0; color < 3; color++)
        {
            var sum = whole.Pixels[color] + whole.Pixels[color + 3] + whole.Pixels[color + 30] + whole.Pixels[color + 33];
            Assert.Equal((sum + 2) / 4, small.Pixels[color]);
            Assert.Equal((whole.Pixels[180 + color] + whole.Pixels[183 + color] + 1) / 2, small.Pixels[45 + color]);
        }
    }

    private static void CheckParts(byte[] file)
    {
        var whole = RgbImage.Load(file);
        using var tiles = Open(file, new ImageLoadOptions(), 40);
        Assert.Equal(whole.Size, tiles.Size);
        PixelArea[] parts = [.. Parts(whole.Size)];

        // As the reader likes them, and as it does not.
        foreach (var part in parts.OrderBy(tiles.FirstRow).Concat(Enumerable.Reverse(parts)))
        {
            RgbImageTiffTests.AssertSame(whole.Crop(part.Left, part.Top, part.Size), tiles.Read(part));
        }

        static IEnumerable<PixelArea> Parts(ImageSize size)
        {
            for (var top = 0; top < size.Height; top += 25)
            {
                for (var left = 0; left < size.Width; left += 31)
                {
                    yield return new PixelArea(
                        left, top, new ImageSize(Math.Min(40, size.Width - left), Math.Min(33, size.Height - top)));
                }
            }
        }
    }

    private static ImageTiles Open(byte[] file, ImageLoadOptions options, int tileSize) =>
        ImageTiles.Open(new MemoryStream(file), "stream", options, tileSize, room: 0, TestContext.Current.CancellationToken);

    private static InvalidDataException Refused(byte[] file, ImageLoadOptions options, int tileSize) =>
        Assert.Throws<InvalidDataException>(() => Open(file, options, tileSize));

    private static byte[] Noise()
    {
        var samples = new byte[3 * Size.PixelCount];
        new Random(3).NextBytes(samples);
        return samples;
    }

    private static byte[] Tiled(Compression compression, int orientation)
    {
        var noise = Noise();
        return TiffBytes.MakePages(tiff =>
        {
            tiff.SetField(TiffTag.IMAGEWIDTH, Size.Width);
            tiff.SetField(TiffTag.IMAGELENGTH, Size.Height);
            tiff.SetField(TiffTag.SAMPLESPERPIXEL, 3);
            tiff.SetField(TiffTag.BITSPERSAMPLE, 8);
            tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.RGB);
            tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
            tiff.SetField(TiffTag.COMPRESSION, compression);
            tiff.SetField(TiffTag.ORIENTATION, (Orientation)orientation);
            tiff.SetField(TiffTag.TILEWIDTH, 32);
            tiff.SetField(TiffTag.TILELENGTH, 16);
            for (var top = 0; top < Size.Height; top += 16)
            {
                for (var left = 0; left < Size.Width; left += 32)
                {
                    var tile = new byte[3 * 32 * 16];
                    for (var y = 0; y < Math.Min(16, Size.Height - top); y++)
                    {
                        noise.AsSpan(3 * (((top + y) * Size.Width) + left), 3 * Math.Min(32, Size.Width - left))
                            .CopyTo(tile.AsSpan(3 * 32 * y));
                    }

                    Assert.True(tiff.WriteTile(tile, left, top, 0, 0) > 0);
                }
            }
        });
    }
}
