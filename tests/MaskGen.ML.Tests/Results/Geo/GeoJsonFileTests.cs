using System.Diagnostics;
using System.Text.Json;
using MaskGen.ML.Results;
using NetTopologySuite.Geometries;

namespace MaskGen.ML.Tests.Results;

public class GeoJsonFileTests
{
    // UTM zone 32 on ETRS89, as ArcGIS and GDAL write it, cut to what is needed.
    private const string Projection =
        "PROJCS[\"ETRS89 / UTM zone 32N\",GEOGCS[\"ETRS89\",AUTHORITY[\"EPSG\",\"4258\"]],AUTHORITY[\"EPSG\",\"25832\"]]";

    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Write_AnyMasks_HaveTheSamePixelsAndValidPolygons(string name)
    {
        var masks = FormatCases.Masks(name);
        using var run = new FormatRun("geojson", new ResultFormatOptions { PolygonTolerance = 0 });
        run.Write("a.png", masks);

        using var json = JsonDocument.Parse(File.ReadAllBytes(run["a.geojson"]));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("crs").ValueKind);
        Assert.Contains("y down", json.RootElement.GetProperty("coordinates").GetString(), StringComparison.Ordinal);
        var features = json.RootElement.GetProperty("features").EnumerateArray().ToList();
        Assert.Equal(masks.Count, features.Count);
        for (var i = 0; i < masks.Count; i++)
        {
            var polygons = Polygons(features[i].GetProperty("geometry"));
            CheckOrientation(polygons);
            var pixels = new bool[masks.ImageSize.Width, masks.ImageSize.Height];
            foreach (var rings in polygons)
            {
                foreach (var (x, y) in TestMask.Positions(FormatCases.Fill(rings, masks.ImageSize)))
                {
                    pixels[x, y] = true;
                }
            }

            Assert.Equal(TestMask.Unpack(masks[i].Segmentation), pixels);
        }
    }

    [Theory]
    [InlineData("a.pgw")]
    [InlineData("a.pngw")]
    [InlineData("a.wld")]
    [InlineData("a.PGW")]
    public void Write_WorldFileBesideTheImage_UsesItsReferenceSystem(string worldFile)
    {
        using var run = new FormatRun("geojson", new ResultFormatOptions { PolygonTolerance = 0 });
        Directory.CreateDirectory(Path.GetDirectoryName(run.ImagePath(worldFile))!);
        File.WriteAllText(run.ImagePath(worldFile), "0.5\n0\n0\n-0.5\n500000.25\n5649999.75\n");
        File.WriteAllText(run.ImagePath("a.prj"), Projection);
        run.Write("a.png", FormatCases.Masks("ring"));

        using var json = JsonDocument.Parse(File.ReadAllBytes(run["a.geojson"]));
        Assert.Equal(
            "urn:ogc:def:crs:EPSG::25832",
            json.RootElement.GetProperty("crs").GetProperty("properties").GetProperty("name").GetString());
        Assert.Equal(Projection, json.RootElement.GetProperty("crs_wkt").GetString());
        Assert.Contains("not reprojected", json.RootElement.GetProperty("coordinates").GetString(), StringComparison.Ordinal);
        var polygons = Polygons(json.RootElement.GetProperty("features")[0].GetProperty("geometry"));
        CheckOrientation(polygons);

        // The outer corner of the upper left pixel is at 500000, 5650000; the ring reaches from column 4 to 19 and from row 1 to 16.
        var corners = polygons[0][0];
        Assert.Equal((500_002, 500_009.5), (corners.Min(corner => corner.X), corners.Max(corner => corner.X)));
        Assert.Equal((5_649_992, 5_649_999.5), (corners.Min(corner => corner.Y), corners.Max(corner => corner.Y)));
    }

    [Fact]
    public void IsDone_WorldFileChanged_IsNotDone()
    {
        using var run = new FormatRun("geojson");
        run.Write("a.png", FormatCases.Masks("ring"));
        Assert.True(run.IsDone("a.png"));

        File.WriteAllText(run.ImagePath("a.wld"), "1\n0\n0\n-1\n0\n0\n");

        Assert.False(run.IsDone("a.png"));
        run.Write("a.png", FormatCases.Masks("ring"));
        Assert.True(run.IsDone("a.png"));
    }

    [Theory]
    [InlineData("1\n0\n0\n-1\n0\n", "found 5 lines")]
    [InlineData("1\n0\nx\n-1\n0\n0\n", "found 'x'")]
    [InlineData("0\n0\n0\n0\n0\n0\n", "on one line")]
    public void Write_DamagedWorldFile_IsSaid(string text, string message)
    {
        using var run = new FormatRun("geojson");
        Directory.CreateDirectory(Path.GetDirectoryName(run.ImagePath("a"))!);
        File.WriteAllText(run.ImagePath("a.wld"), text);

        var error = Assert.Throws<InvalidDataException>(() => run.Write("a.png", FormatCases.Masks("ring")));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Empty(run.Files);
    }

    [Fact]
    public void Write_RingWithAWorldFile_IsReadByGdal()
    {
        using var run = new FormatRun("geojson", new ResultFormatOptions { PolygonTolerance = 0 });
        Directory.CreateDirectory(Path.GetDirectoryName(run.ImagePath("a"))!);
        File.WriteAllText(run.ImagePath("a.wld"), "0.5\n0\n0\n-0.5\n500000.25\n5649999.75\n");
        File.WriteAllText(run.ImagePath("a.prj"), Projection);
        run.Write("a.png", FormatCases.Masks("ring"));

        var text = Ogrinfo(run["a.geojson"]);

        Assert.Contains("Feature Count: 1", text, StringComparison.Ordinal);
        Assert.Contains("ETRS89 / UTM zone 32N", text, StringComparison.Ordinal);
        Assert.Contains("Extent: (500002.000000, 5649992.000000) - (500009.500000, 5649999.500000)", text, StringComparison.Ordinal);
    }

    private static string Ogrinfo(string path)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("ogrinfo", ["-so", "-al", path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return text;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("GDAL's ogrinfo is not installed.");
            return string.Empty;
        }
    }

    // By the numbers as they stand: outer outlines counter-clockwise, holes clockwise, the first corner repeated.
    private static void CheckOrientation(List<List<List<(double X, double Y)>>> polygons)
    {
        var factory = new GeometryFactory();
        foreach (var rings in polygons)
        {
            Assert.All(rings, ring => Assert.Equal(ring[0], ring[^1]));
            var lines = rings
                .Select(ring => factory.CreateLinearRing([.. ring.Select(corner => new Coordinate(corner.X, corner.Y))]))
                .ToList();
            Assert.True(lines[0].IsCCW);
            Assert.All(lines.Skip(1), line => Assert.False(line.IsCCW));
            Assert.True(factory.CreatePolygon(lines[0], [.. lines.Skip(1)]).IsValid);
        }
    }

    private static List<List<List<(double X, double Y)>>> Polygons(JsonElement geometry)
    {
        if (geometry.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        var coordinates = geometry.GetProperty("coordinates");
        return geometry.GetProperty("type").GetString() == "Polygon"
            ? [Rings(coordinates)]
            : [.. coordinates.EnumerateArray().Select(Rings)];

        static List<List<(double X, double Y)>> Rings(JsonElement polygon) =>
            [.. polygon.EnumerateArray().Select(ring =>
                ring.EnumerateArray().Select(corner => (corner[0].GetDouble(), corner[1].GetDouble())).ToList())];
    }
}
