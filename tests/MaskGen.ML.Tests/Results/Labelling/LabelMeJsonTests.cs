using System.Text.Json;
using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public class LabelMeJsonTests
{
    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Write_AnyMasks_HaveTheSamePixels(string name)
    {
        var masks = FormatCases.Masks(name);
        foreach (var form in new[] { ShapeForm.Polygons, ShapeForm.Masks })
        {
            using var run = new FormatRun("labelme", new ResultFormatOptions { Shapes = form, PolygonTolerance = 0 });
            run.Write("a.png", masks);

            var read = Read(run["a.json"], out var types);
            var written = masks.Where(mask => mask.Area > 0).Select(mask => TestMask.Unpack(mask.Segmentation)).ToList();
            Assert.Equal(written.Count, read.Count);
            Assert.All(written.Zip(read), pair => Assert.Equal(pair.First, pair.Second));
            Assert.DoesNotContain(types, type => form == ShapeForm.Masks && type == "polygon");
            Assert.Equal(name == "empty" ? ["labelme: empty masks left out: 1"] : [], name == "many" ? [] : run.Remarks);
        }
    }

    [Theory]
    [InlineData("polygons")]
    [InlineData("masks")]
    public void Write_ScoreOfThePrompt_IsReadBack(string shapes)
    {
        using var run = new FormatRun(
            "labelme", new ResultFormatOptions { Shapes = shapes == "masks" ? ShapeForm.Masks : ShapeForm.Polygons });
        var masks = FormatCases.Masks("border");
        run.Write("a.png", new MaskSet(masks.ImageSize, [masks[0] with { PromptScore = 0.125 }, masks[0]]));

        Assert.Equal([0.125, null], MaskSource.Read(run["a.json"]).Single().Masks.Select(mask => mask.PromptScore));
    }

    [Fact]
    public void Write_MaskOfSeveralParts_IsAGroupAndOneWithAHoleIsAMask()
    {
        using var run = new FormatRun("labelme");
        run.Write("a.png", FormatCases.Masks("diagonal"));
        run.Write("b.png", FormatCases.Masks("ring"));

        using var parts = JsonDocument.Parse(File.ReadAllBytes(run["a.json"]));
        using var ring = JsonDocument.Parse(File.ReadAllBytes(run["b.json"]));
        var shapes = parts.RootElement.GetProperty("shapes").EnumerateArray().ToList();
        Assert.True(shapes.Count > 1);
        Assert.All(shapes, shape => Assert.Equal(1, shape.GetProperty("group_id").GetInt32()));
        Assert.Equal("../images/a.png", parts.RootElement.GetProperty("imagePath").GetString());
        Assert.Equal(JsonValueKind.Null, parts.RootElement.GetProperty("imageData").ValueKind);
        Assert.Equal("mask", ring.RootElement.GetProperty("shapes")[0].GetProperty("shape_type").GetString());
    }

    // As LabelMe does: shapes of a group are one object, and a mask lies between its two corners, the last pixel included.
    private static List<bool[,]> Read(string path, out List<string> types)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = json.RootElement;
        var size = new ImageSize(root.GetProperty("imageWidth").GetInt32(), root.GetProperty("imageHeight").GetInt32());
        var (groups, masks) = (new Dictionary<int, int>(), new List<bool[,]>());
        types = [];
        foreach (var shape in root.GetProperty("shapes").EnumerateArray())
        {
            types.Add(shape.GetProperty("shape_type").GetString()!);
            var points = shape.GetProperty("points").EnumerateArray()
                .Select(point => (point[0].GetDouble(), point[1].GetDouble()))
                .ToList();
            var pixels = types[^1] == "polygon"
                ? FormatCases.Fill([points], size)
                : Place(shape.GetProperty("mask").GetBytesFromBase64(), points, size);
            var id = shape.GetProperty("group_id");
            var group = id.ValueKind == JsonValueKind.Null ? (int?)null : id.GetInt32();
            if (group is { } known && groups.TryGetValue(known, out var index))
            {
                foreach (var (x, y) in TestMask.Positions(pixels))
                {
                    masks[index][x, y] = true;
                }

                continue;
            }

            if (group is { } number)
            {
                groups.Add(number, masks.Count);
            }

            masks.Add(pixels);
        }

        return masks;
    }

    private static bool[,] Place(byte[] png, List<(double X, double Y)> corners, ImageSize size)
    {
        using var bitmap = SKBitmap.Decode(png);
        var (left, top) = ((int)corners[0].X, (int)corners[0].Y);
        Assert.Equal((bitmap.Width, bitmap.Height), ((int)corners[1].X - left + 1, (int)corners[1].Y - top + 1));
        var pixels = new bool[size.Width, size.Height];
        for (var x = 0; x < bitmap.Width; x++)
        {
            for (var y = 0; y < bitmap.Height; y++)
            {
                pixels[left + x, top + y] = bitmap.GetPixel(x, y).Red > 0;
            }
        }

        return pixels;
    }
}
