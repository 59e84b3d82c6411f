using BitMiracle.LibTiff.Classic;

namespace MaskGen.ML.Tests.Imaging;

public class RgbImageTiffTests
{
    private static readonly ImageSize Size = new(61, 43);

    [Theory]
    [InlineData("")]
    [InlineData("-co TILED=YES -co BLOCKXSIZE=64 -co BLOCKYSIZE=32")]
    [InlineData("-co TILED=YES")]
    [InlineData("-co COMPRESS=LZW")]
    [InlineData("-co COMPRESS=LZW -co PREDICTOR=2")]
    [InlineData("-co COMPRESS=DEFLATE -co TILED=YES -co BLOCKXSIZE=16 -co BLOCKYSIZE=16")]
    [InlineData("-co COMPRESS=DEFLATE -co PREDICTOR=2 -co BLOCKYSIZE=11")]
    [InlineData("-co COMPRESS=PACKBITS")]
    [InlineData("-co INTERLEAVE=BAND")]
    [InlineData("-co INTERLEAVE=BAND -co COMPRESS=LZW -co BLOCKYSIZE=9")]
    [InlineData("-co INTERLEAVE=BAND -co TILED=YES -co COMPRESS=DEFLATE -co BLOCKXSIZE=48 -co BLOCKYSIZE=32")]
    [InlineData("-co BIGTIFF=YES")]
    [InlineData("-co BIGTIFF=YES -co TILED=YES -co COMPRESS=LZW")]
    [InlineData("-co ENDIANNESS=BIG")]
    [InlineData("-co BLOCKYSIZE=1000")]
    [InlineData("-co BLOCKYSIZE=1000 -co COMPRESS=DEFLATE")]
    [InlineData("-ot UInt16 -scale 0 255 0 65535")]
    [InlineData("-ot UInt16 -scale 0 255 0 65535 -co ENDIANNESS=BIG")]
    [InlineData("-ot UInt16 -scale 0 255 0 65535 -co COMPRESS=LZW -co PREDICTOR=2 -co TILED=YES")]
    [InlineData("-ot UInt16 -scale 0 255 0 65535 -co INTERLEAVE=BAND -co ENDIANNESS=BIG -co COMPRESS=DEFLATE")]
    [InlineData("-ot UInt16 -scale 0 255 0 65535 -co INTERLEAVE=BAND -co ENDIANNESS=BIG -co BIGTIFF=YES")]
    [InlineData("-b 1 -b 2 -b 3 -b 1 -b 2")]
    [InlineData("-b 1 -b 2 -b 3 -b 1 -b 2 -co INTERLEAVE=BAND -co PHOTOMETRIC=MINISBLACK")]
    public void Load_OfEveryLayout_HasThePixelsOfThePng(string options)
    {
        using var folder = new TestFolder();
        var png = Picture(folder);
        Gdal.Translate(options, png, folder["made.tif"]);

        var image = RgbImage.Load(folder["made.tif"]);

        AssertSame(RgbImage.Load(png), image);
    }

    [Theory]
    [InlineData("-ot Float32")]
    [InlineData("-ot Float32 -co COMPRESS=DEFLATE -co PREDICTOR=3")]
    [InlineData("-ot Float64 -co COMPRESS=LZW -co TILED=YES")]
    [InlineData("-ot Int16 -co ENDIANNESS=BIG")]
    [InlineData("-ot Int32 -co COMPRESS=DEFLATE")]
    [InlineData("-ot UInt32 -co INTERLEAVE=BAND")]
    [InlineData("-ot UInt16 -co NBITS=12 -co COMPRESS=LZW")]
    [InlineData("-ot UInt16 -co NBITS=10 -co TILED=YES")]
    public void Load_WiderNumbers_AreStretchedByTheRange(string options)
    {
        using var folder = new TestFolder();
        var png = Picture(folder);
        Gdal.Translate(options, png, folder["made.tif"]);

        var image = RgbImage.Load(folder["made.tif"], new ImageLoadOptions { Range = ImageRange.Between(0, 255) });

        AssertSame(RgbImage.Load(png), image);
    }

    [Theory]
    [InlineData("-co COMPRESS=JPEG -co PHOTOMETRIC=YCBCR -co JPEG_QUALITY=95")]
    [InlineData("-co COMPRESS=JPEG -co PHOTOMETRIC=YCBCR -co TILED=YES -co JPEG_QUALITY=95")]
    [InlineData("-co COMPRESS=JPEG -co INTERLEAVE=BAND -co JPEG_QUALITY=95")]
    [InlineData("-co COMPRESS=JPEG -co PHOTOMETRIC=RGB -co BLOCKYSIZE=16 -co JPEG_QUALITY=95")]
    public void Load_JpegInside_IsNearThePng(string options)
    {
        using var folder = new TestFolder();
        var png = Picture(folder);
        Gdal.Translate(options, png, folder["made.tif"]);

        var (image, expected) = (RgbImage.Load(folder["made.tif"]), RgbImage.Load(png));

        Assert.Equal(expected.Size, image.Size);
        Assert.InRange(MeanDifference(expected, image), 0.01, 6);
    }

    [Theory]
    [InlineData("-b 1 -ot Byte -scale 0 255 0 1 -co NBITS=1 -co COMPRESS=CCITTFAX4")]
    [InlineData("-b 1 -ot Byte -scale 0 255 0 1 -co NBITS=1 -co COMPRESS=CCITTFAX3")]
    [InlineData("-b 1 -ot Byte -scale 0 255 0 1 -co NBITS=1 -co TILED=YES")]
    [InlineData("-b 1 -ot Byte -scale 0 255 0 1 -co NBITS=1 -co PHOTOMETRIC=MINISWHITE")]
    [InlineData("-b 1 -ot Byte -scale 0 255 0 15 -co NBITS=4 -co COMPRESS=DEFLATE")]
    public void Load_FewBits_AreSpreadToAllOfEight(string options)
    {
        using var folder = new TestFolder();
        Gdal.Translate(options, Picture(folder), folder["made.tif"]);

        // GDAL itself keeps the small numbers, and does not turn white around.
        Gdal.Translate("-ot Byte -co NBITS=8 -scale 0 " + (options.Contains("NBITS=4", StringComparison.Ordinal) ? 15 : 1) + " 0 255"
            + " -co PHOTOMETRIC=MINISBLACK -colorinterp gray", folder["made.tif"], folder["again.tif"]);
        var expected = RgbImage.Load(folder["again.tif"]).Pixels.ToArray();
        var pixels = RgbImage.Load(folder["made.tif"]).Pixels.ToArray();
        var isInverted = options.Contains("MINISWHITE", StringComparison.Ordinal);

        Assert.Equal(isInverted ? Array.ConvertAll(expected, value => (byte)(255 - value)) : expected, pixels);
    }

    [Fact]
    public void Load_StraightAlpha_IsDroppedAndMultipliedAlphaUndone()
    {
        var straight = Samples(4);
        var multiplied = straight.ToArray();
        for (var i = 0; i < straight.Length; i += 4)
        {
            straight[i + 3] = Math.Max(straight[i + 3], (byte)200);
            multiplied[i + 3] = straight[i + 3];
            for (var c = 0; c < 3; c++)
            {
                multiplied[i + c] = (byte)Math.Round(straight[i + c] * straight[i + 3] / 255.0);
            }
        }

        var (plain, undone) = (Load(straight, ExtraSample.UNASSALPHA), Load(multiplied, ExtraSample.ASSOCALPHA));

        for (int i = 0, j = 0; i < straight.Length; i += 4, j += 3)
        {
            for (var c = 0; c < 3; c++)
            {
                Assert.Equal(straight[i + c], plain.Pixels[j + c]);
                Assert.InRange(undone.Pixels[j + c] - straight[i + c], -1, 1);
            }
        }

        static RgbImage Load(byte[] samples, ExtraSample alpha) => RgbImage.Load(TiffBytes.Make(
            Size, 4, 8, samples, Photometric.RGB, tiff => tiff.SetField(TiffTag.EXTRASAMPLES, 1, new[] { (short)alpha })));
    }

    [Fact]
    public void Load_Palette_HasItsColors()
    {
        var samples = Samples(1);
        var map = Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, 256).Select(i => (ushort)(((i * (c + 3)) & 255) * 257)).ToArray())
            .ToArray();

        var image = RgbImage.Load(TiffBytes.Make(
            Size, 1, 8, samples, Photometric.PALETTE, tiff => tiff.SetField(TiffTag.COLORMAP, map[0], map[1], map[2])));

        Assert.Equal(samples.SelectMany(i => new[] { (byte)(i * 3), (byte)(i * 4), (byte)(i * 5) }), image.Pixels.ToArray());
    }

    [Fact]
    public void Load_Cmyk_IsLightLeftOverByInks()
    {
        var samples = Samples(4);

        var image = RgbImage.Load(TiffBytes.Make(Size, 4, 8, samples, Photometric.SEPARATED));

        Assert.Equal((255 - samples[0]) * (255 - samples[3]) / 255, image.Pixels[0]);
        Assert.Equal((255 - samples[2]) * (255 - samples[3]) / 255, image.Pixels[2]);
    }

    [Theory]
    [InlineData(Compression.NONE)]
    [InlineData(Compression.LZW)]
    public void Load_HalvedColors_AreComputed(Compression compression)
    {
        // Two by two brightnesses, then the two colours of all four.
        var size = new ImageSize(32, 8);
        var bytes = TiffBytes.MakePages(tiff =>
        {
            tiff.SetField(TiffTag.IMAGEWIDTH, size.Width);
            tiff.SetField(TiffTag.IMAGELENGTH, size.Height);
            tiff.SetField(TiffTag.SAMPLESPERPIXEL, 3);
            tiff.SetField(TiffTag.BITSPERSAMPLE, 8);
            tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.YCBCR);
            tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
            tiff.SetField(TiffTag.YCBCRSUBSAMPLING, 2, 2);
            tiff.SetField(TiffTag.ROWSPERSTRIP, 8);
            tiff.SetField(TiffTag.COMPRESSION, compression);
            var strip = Enumerable.Range(0, 16 * 4).SelectMany(_ => new byte[] { 90, 90, 90, 90, 128, 128 }).ToArray();
            Assert.True(tiff.WriteEncodedStrip(0, strip, strip.Length) > 0);
        });

        var image = RgbImage.Load(bytes);

        Assert.Equal(size, image.Size);
        Assert.All(image.Pixels.ToArray(), value => Assert.InRange(value, 88, 92));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Load_EveryOrientation_IsUprightAsAPngOfIt(int orientation)
    {
        var samples = Samples(3);
        var png = ImageBytes.Png(
            Size.Width, Size.Height, 8, 2, [.. samples.Chunk(3 * Size.Width).SelectMany(row => row.Prepend((byte)0))]);

        var image = RgbImage.Load(TiffBytes.Make(
            Size, 3, 8, samples, Photometric.RGB, tiff => tiff.SetField(TiffTag.ORIENTATION, (Orientation)orientation)));

        AssertSame(RgbImage.Load(ImageBytes.WithExif("png", png, ImageBytes.Exif(orientation))), image);
    }

    [Fact]
    public void Load_PageByPage_IsEachOfThemWithoutSmallerVersionsAndMasks()
    {
        var pages = Enumerable.Range(1, 3).Select(seed => Samples(3, seed)).ToArray();
        var small = new ImageSize(5, 4);
        using var folder = new TestFolder();
        var path = folder.Write("pages.tif", TiffBytes.MakePages(
            tiff => TiffBytes.Write(tiff, Size, 3, 8, pages[0], Photometric.RGB),
            tiff => TiffBytes.Write(tiff, small, 3, 8, new byte[60], Photometric.RGB,
                one => one.SetField(TiffTag.SUBFILETYPE, FileType.REDUCEDIMAGE)),
            tiff => TiffBytes.Write(tiff, Size, 3, 8, pages[1], Photometric.RGB, one => one.SetField(TiffTag.SUBFILETYPE, FileType.PAGE)),
            tiff => TiffBytes.Write(tiff, small, 1, 1, new byte[4], Photometric.MINISBLACK,
                one => one.SetField(TiffTag.SUBFILETYPE, FileType.MASK)),
            tiff => TiffBytes.Write(tiff, Size, 3, 8, pages[2], Photometric.RGB)));

        Assert.Equal(3, RgbImage.CountPages(path));
        for (var page = 1; page <= 3; page++)
        {
            Assert.Equal(pages[page - 1], RgbImage.Load(path, new ImageLoadOptions { Page = page }).Pixels.ToArray());
        }

        Assert.Equal(pages[0], RgbImage.Load(path).Pixels.ToArray());
        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(path, new ImageLoadOptions { Page = 4 }));
        Assert.Contains("expected a page 4, found 3 pages", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FurtherPageOfAPng_IsRefused()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => RgbImage.Load(ImageBytes.Random("png", 4, 4, 1), new ImageLoadOptions { Page = 2 }));

        Assert.Contains("expected a page 2, found 1 page", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Compression.NONE)]
    [InlineData(Compression.LZW)]
    [InlineData(Compression.ADOBE_DEFLATE)]
    [InlineData(Compression.PACKBITS)]
    [InlineData(Compression.JPEG)]
    public void Load_CutAnywhere_IsRefusedOrWhole(Compression compression)
    {
        // The directory lies at the end, and the first strips before it: what is cut has no directory.
        var file = TiffBytes.Make(
            new ImageSize(64, 48), 3, 8, new byte[64 * 48 * 3], Photometric.RGB, compression: compression);
        var whole = RgbImage.Load(file);

        for (var length = 0; length < file.Length; length += length > file.Length - 400 ? 1 : 41)
        {
            try
            {
                AssertSame(whole, RgbImage.Load(file.AsSpan(0, length)));
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("expected", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Load_ChangedBytes_NeverEndOtherwiseThanDocumented()
    {
        var random = new Random(5);
        foreach (var compression in new[] { Compression.NONE, Compression.LZW, Compression.ADOBE_DEFLATE, Compression.JPEG })
        {
            var file = TiffBytes.Make(
                Size, 3, 8, Samples(3), Photometric.RGB, compression: compression);
            for (var i = 0; i < 400; i++)
            {
                var changed = file.ToArray();
                for (var j = 0; j < 4; j++)
                {
                    // The directory, at the end, half of the time.
                    var at = random.Next(j % 2 == 0 ? 0 : Math.Max(0, file.Length - 300), file.Length);
                    changed[at] = (byte)random.Next(256);
                }

                try
                {
                    RgbImage.Load(changed, new ImageLoadOptions { MaximumPixels = 100_000 });
                }
                catch (InvalidDataException e)
                {
                    Assert.Contains("expected", e.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Load_Cancelled_Ends()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        var file = TiffBytes.Make(Size, 3, 8, Samples(3), Photometric.RGB);

        Assert.ThrowsAny<OperationCanceledException>(() => RgbImage.Decode(file, null, cancellation.Token));
    }

    [Fact]
    public void Load_DirectoryThatLeadsBack_IsRefused()
    {
        var file = TiffBytes.Make(Size, 3, 8, Samples(3), Photometric.RGB);
        var directory = BitConverter.ToInt32(file, 4);
        var next = directory + 2 + (12 * BitConverter.ToInt16(file, directory));
        BitConverter.TryWriteBytes(file.AsSpan(next), directory);
        using var folder = new TestFolder();
        var path = folder.Write("loop.tif", file);

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.CountPages(path));

        Assert.Contains("lead back", error.Message, StringComparison.Ordinal);
        Assert.Equal(Size, RgbImage.Load(path).Size);
    }

    [Fact]
    public void Load_UnknownPacking_NamesItAndTheWayOut()
    {
        var file = TiffBytes.Make(Size, 3, 8, Samples(3), Photometric.RGB);
        var directory = BitConverter.ToInt32(file, 4);
        for (var i = 0; i < BitConverter.ToInt16(file, directory); i++)
        {
            var entry = directory + 2 + (12 * i);
            if (BitConverter.ToUInt16(file, entry) == (int)TiffTag.COMPRESSION)
            {
                BitConverter.TryWriteBytes(file.AsSpan(entry + 8), (ushort)50000);
            }
        }

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(file));

        Assert.Contains("packed by Zstandard (50000); convert it first", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SparseTiles_AreBlack()
    {
        using var folder = new TestFolder();
        Gdal.Translate("-co TILED=YES -co BLOCKXSIZE=32 -co BLOCKYSIZE=32 -co SPARSE_OK=YES -scale 0 255 0 0",
            Picture(folder), folder["sparse.tif"]);

        Assert.True(RgbImage.Load(folder["sparse.tif"]).Pixels.IndexOfAnyExcept((byte)0) < 0);
    }

    internal static void AssertSame(RgbImage expected, RgbImage image)
    {
        Assert.Equal(expected.Size, image.Size);
        Assert.True(expected.Pixels.SequenceEqual(image.Pixels), $"Mean difference {MeanDifference(expected, image)}");
    }

    private static double MeanDifference(RgbImage first, RgbImage second)
    {
        var sum = 0L;
        for (var i = 0; i < first.Pixels.Length; i++)
        {
            sum += Math.Abs(first.Pixels[i] - second.Pixels[i]);
        }

        return sum / (double)first.Pixels.Length;
    }

    private static byte[] Samples(int bands, int seed = 1)
    {
        var samples = new byte[bands * Size.PixelCount];
        new Random(seed).NextBytes(samples);
        return samples;
    }

    private static string Picture(TestFolder folder)
    {
        Gdal.Translate("-of PNG -srcwin 300 200 131 97", Fixture.Path("images/still-life.png"), folder["picture.png"]);
        return folder["picture.png"];
    }
}
