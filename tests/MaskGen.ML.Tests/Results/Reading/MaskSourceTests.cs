using System.Text;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public sealed class MaskSourceTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Read_EveryFormThatIsExact_GivesTheSameMasks(string name)
    {
        var masks = FormatCases.Masks(name);
        foreach (var (format, file, shapes) in new[]
        {
            ("json", "a.masks.json", ShapeForm.Masks), ("coco", "annotations.coco.json", ShapeForm.Masks),
            ("coco", "annotations.coco.json", ShapeForm.Polygons), ("labelme", "a.json", ShapeForm.Masks),
            ("labelme", "a.json", ShapeForm.Polygons),
        })
        {
            using var run = new FormatRun(format, new ResultFormatOptions { Shapes = shapes, PolygonTolerance = 0 });
            run.Write("a.png", masks);
            run.Complete();

            var source = MaskSource.Read(run[file]).Single();

            // LabelMe has no form for a mask without pixels.
            var expected = format == "labelme" ? masks.Where(mask => mask.Area > 0) : masks;
            Assert.Equal("a.png", Path.GetFileName(source.Name));
            Assert.Equal(expected.Select(mask => mask.Segmentation), source.Masks.Select(mask => mask.Segmentation));
            Assert.Equal(expected.Select(mask => mask.PredictedIou), source.Masks.Select(mask => mask.PredictedIou));
            Assert.Equal(expected.Select(mask => mask.StabilityScore), source.Masks.Select(mask => mask.StabilityScore));
        }
    }

    [Fact]
    public void Read_LabelMesOtherShapes_AreFilledOrPassedOver()
    {
        var source = Read("""
            {"version":"5.5.0","flags":{},"imagePath":"..\\photos\\a.jpg","imageData":null,"imageHeight":6,"imageWidth":8,"shapes":[
            {"label":"x","points":[[5,4],[1,1]],"group_id":null,"shape_type":"rectangle","flags":{}},
            {"label":"x","points":[[0,0]],"group_id":null,"shape_type":"point","flags":{}},
            {"label":"x","points":[[4,3],[4,5.2]],"group_id":null,"shape_type":"circle","flags":{}},
            {"label":"x","points":[[0,0],[1,0],[1,1],[0,1]],"group_id":4,"flags":{}},
            {"label":"y","points":[[7,0],[8,0],[8,1],[7,1]],"group_id":4,"flags":{}},
            {"label":"x","points":[[7,5],[8,5],[8,6],[7,6]],"group_id":4,"flags":{}}]}
            """).Single();

        Assert.Equal("../photos/a.jpg", source.Name);
        Assert.Equal(new ImageSize(8, 6), source.Masks.ImageSize);
        Assert.Equal([12, 16, 2, 1], source.Masks.Select(mask => mask.Area));
        Assert.All(source.Masks, mask => Assert.True(float.IsNaN(mask.PredictedIou)));
    }

    [Theory]
    [InlineData("{}", "expected records (masks), a COCO data set (annotations) or LabelMe's annotations (shapes)")]
    [InlineData("[1]", "expected records (masks)")]
    [InlineData("[]", "expected a file that names its images, found a list of COCO's results")]
    [InlineData("{\"shapes\":[],\"imagePath\":\"a/..\",\"imageWidth\":4,\"imageHeight\":4}", "name of an image file, found 'a/..'")]
    [InlineData("{\"shapes\":[],\"imagePath\":\"a\\u0000\",\"imageWidth\":4,\"imageHeight\":4}", "found 'a\\0'")]
    [InlineData("{\"shapes\":[],\"imagePath\":\"..\\\\\",\"imageWidth\":4,\"imageHeight\":4}", "expected the name of an image file")]
    [InlineData("{\"shapes\":[],\"imagePath\":\"a\",\"imageWidth\":0,\"imageHeight\":5}", "at least one pixel, found one of 0x5")]
    [InlineData("{\"shapes\":[],\"imagePath\":\"a\",\"imageWidth\":-4,\"imageHeight\":4}", "imageWidth")]
    public void Read_AnythingElse_IsRefused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"points\":[[0,0],[1,1]]", "three corners or more")]
    [InlineData("\"points\":[[0,0],[9,1]],\"shape_type\":\"mask\",\"mask\":\"\"", "corners of a part of the image")]
    [InlineData("\"points\":[[0,0],[1,1]],\"shape_type\":\"mask\",\"mask\":\"AAAA\"", "shapes[0].mask: expected a PNG in base64")]
    [InlineData("\"points\":[[0,0],[1,1]],\"shape_type\":\"mask\",\"mask\":1", "shapes[0].mask: expected a string")]
    [InlineData("\"points\":[[0,0],[1e300,1],[2,2]]", "expected a coordinate of an image")]
    [InlineData("\"points\":[[0,0],[1]],\"shape_type\":\"rectangle\"", "expected 2 items")]
    public void Read_DamagedLabelMe_IsRefused(string shape, string message) =>
        Read_AnythingElse_IsRefused(
            $$"""{"shapes":[{{{shape}}}],"imagePath":"a","imageWidth":4,"imageHeight":4}""", message);

    private IReadOnlyList<MaskSource> Read(string text) => MaskSource.Read(_folder.Write("x.json", Encoding.UTF8.GetBytes(text)));
}
