using System.Globalization;
using System.Text.Json;
using BitMiracle.LibTiff.Classic;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Imaging;

namespace MaskGen.ML.Tests.Results;

public sealed class GeoTiffTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-a_srs EPSG:25832 -a_ullr 500000 5650000 500050 5649960", 25832)]
    [InlineData("-a_srs EPSG:4326 -a_ullr 10 51 11 50.5", 4326)]
    [InlineData("-a_srs EPSG:25832 -a_ullr 500000 5650000 500050 5649960 -mo AREA_OR_POINT=Point", 25832)]
    [InlineData("-a_srs EPSG:25832 -a_ullr 500000 5650000 500050 5649960 -co BIGTIFF=YES -co ENDIANNESS=BIG", 25832)]
    [InlineData("-a_ullr 0 0 100 -80", null)]
    public void Of_TagsThatGdalWrites_AreReadAsGdalReadsThem(string options, int? code)
    {
        var path = Made(options);

        var reference = GeoReference.Of(path);

        Assert.NotNull(reference);
        Assert.Equal(code is null ? null : $"urn:ogc:def:crs:EPSG::{code}", reference.SystemName);
        using var info = JsonDocument.Parse(Gdal.Run("gdalinfo", "-json", path));
        var expected = info.RootElement.GetProperty("geoTransform").EnumerateArray().Select(one => one.GetDouble()).ToArray();
        foreach (var (x, y) in new[] { (0, 0), (50, 0), (0, 40), (17, 23) })
        {
            var (actualX, actualY) = reference.Apply(new PolygonPoint(x, y));
            Assert.Equal(expected[0] + (x * expected[1]) + (y * expected[2]), actualX, 1e-6);
            Assert.Equal(expected[3] + (x * expected[4]) + (y * expected[5]), actualY, 1e-6);
        }
    }

    [Fact]
    public void Of_TagsAndAWorldFile_TakesTheTags()
    {
        var path = Made("-a_ullr 0 0 100 -80");
        File.WriteAllText(Path.ChangeExtension(path, ".tfw"), "1\n0\n0\n-1\n7\n7\n");

        Assert.Equal((0, 0), GeoReference.Of(path)!.Apply(new PolygonPoint(0, 0)));
    }

    [Fact]
    public void Of_PlainTiffWithAWorldFile_TakesTheWorldFile()
    {
        var path = Made(string.Empty);
        Assert.Null(GeoReference.Of(path));

        File.WriteAllText(Path.ChangeExtension(path, ".tfw"), "1\n0\n0\n-1\n7.5\n6.5\n");

        Assert.Equal((7, 7), GeoReference.Of(path)!.Apply(new PolygonPoint(0, 0)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Of_TurnedImage_IsOfTheUprightOne(int orientation)
    {
        // The corner of the stored image that the tags name, wherever it is when the image stands upright.
        var bytes = File.ReadAllBytes(Made("-a_ullr 1000 2000 1050 1960"));
        var directory = BitConverter.ToInt32(bytes, 4);
        var count = BitConverter.ToInt16(bytes, directory);

        // In place of the tag that says that samples are unsigned, which is what holds without it; tags need not be in order.
        var entry = Enumerable.Range(0, count).Select(i => directory + 2 + (12 * i))
            .First(at => BitConverter.ToUInt16(bytes, at) == (int)TiffTag.SAMPLEFORMAT);
        BitConverter.TryWriteBytes(bytes.AsSpan(entry), (ushort)TiffTag.ORIENTATION);
        BitConverter.TryWriteBytes(bytes.AsSpan(entry + 2), (ushort)3);
        BitConverter.TryWriteBytes(bytes.AsSpan(entry + 4), 1);
        BitConverter.TryWriteBytes(bytes.AsSpan(entry + 8), orientation);
        var path = _folder.Write("turned.tif", bytes);

        var (w, h) = orientation >= 5 ? (40, 50) : (50, 40);
        var corner = orientation switch
        {
            2 => (w, 0),
            3 => (w, h),
            4 => (0, h),
            5 => (0, 0),
            6 => (w, 0),
            7 => (w, h),
            _ => (0, h),
        };
        Assert.Equal((1000, 2000), GeoReference.Of(path)!.Apply(new PolygonPoint(corner.Item1, corner.Item2)));
    }

    [Fact]
    public void Of_PagesWithTagsOfTheirOwn_AreThoseOfEach()
    {
        var first = Made("-a_ullr 0 0 100 -80");
        var path = _folder["two.tif"];
        File.Copy(first, path);
        Gdal.Run("gdal_translate", "-q", "-co", "APPEND_SUBDATASET=YES", "-a_ullr", "300", "0", "400", "-80", first, path);

        Assert.Equal(2, RgbImage.CountPages(path));
        Assert.Equal((0, 0), GeoReference.Of(path)!.Apply(new PolygonPoint(0, 0)));
        Assert.Equal((300, 0), GeoReference.Of(path, 2)!.Apply(new PolygonPoint(0, 0)));
    }

    private string Made(string options)
    {
        var path = _folder[string.Create(CultureInfo.InvariantCulture, $"{Directory.GetFiles(_folder.Path).Length}.tif")];
        Gdal.Translate(options + " -srcwin 0 0 50 40", Fixture.Path("images/scene.png"), path);
        return path;
    }
}
