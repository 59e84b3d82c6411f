using System.Text.Json;
using System.Xml.Linq;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>Labels of masks are the classes of the formats that have any.</summary>
public class FormatLabelTests
{
    private const string Odd = "it's \"odd\" <&> 写真: #1";

    private static readonly MaskSet First = Labelled("cat", null);
    private static readonly MaskSet Second = Labelled(Odd, "cat");

    [Fact]
    public void Yolo_Labels_AreNumberedAsTheyComeAndNamed()
    {
        using var run = Write("yolo");

        Assert.Equal(["0", "1"], Classes("labels/a.txt"));
        Assert.Equal(["2", "0"], Classes("labels/b.txt"));
        Assert.Equal(
            ["  0: \"cat\"", "  1: \"object\"", "  2: \"it's \\\"odd\\\" <&> 写真: #1\""],
            File.ReadAllLines(run["data.yaml"]).SkipWhile(line => line != "names:").Skip(1).Take(3));

        // Numbers of a later run mean the same: b alone would begin with another class.
        using var resumed = new FormatRun("yolo", earlier: run);
        Assert.True(resumed.IsDone("a.png"));
        Assert.True(resumed.IsDone("b.png"));
        using var other = new FormatRun("yolo", earlier: run);
        other.Write("c.png", Labelled("dog"));
        Assert.Equal(["3"], Classes("labels/c.txt"));
        Assert.True(other.IsDone("a.png"));

        IEnumerable<string> Classes(string file) => File.ReadAllLines(run[file]).Select(line => line.Split(' ')[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cvat_Labels_AreDeclaredBeforeTheImages(bool asPolygons)
    {
        using var run = Write("cvat", asPolygons);

        var root = XDocument.Load(run["annotations.cvat.xml"]).Root!;
        Assert.Equal(["version", "meta", "image", "image"], root.Elements().Select(element => element.Name.LocalName));
        Assert.Equal(["cat", "object", Odd], root.Descendants("label").Select(label => (string)label.Element("name")!));
        Assert.Equal(
            ["cat", "object", Odd, "cat"],
            root.Elements("image").Elements().Select(shape => (string)shape.Attribute("label")!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LabelStudio_Labels_AreThoseOfTheRegions(bool asPolygons)
    {
        using var run = Write("labelstudio", asPolygons);

        using var json = JsonDocument.Parse(File.ReadAllBytes(run["b.labelstudio.json"]));
        var name = asPolygons ? "polygonlabels" : "brushlabels";
        var regions = json.RootElement.GetProperty("predictions")[0].GetProperty("result").EnumerateArray();
        Assert.Equal([Odd, "cat"], regions.Select(region => region.GetProperty("value").GetProperty(name)[0].GetString()));
    }

    [Fact]
    public void GeoJson_Labels_AreClasses()
    {
        using var run = Write("geojson");

        using var json = JsonDocument.Parse(File.ReadAllBytes(run["a.geojson"]));
        var features = json.RootElement.GetProperty("features").EnumerateArray();
        Assert.Equal(["cat", "object"], features.Select(feature => feature.GetProperty("properties").GetProperty("class").GetString()));
    }

    [Fact]
    public void Svg_Labels_AreInTheTitles()
    {
        using var run = Write("svg");

        XNamespace svg = "http://www.w3.org/2000/svg";
        var titles = XDocument.Load(run["b.svg"]).Descendants(svg + "path").Select(path => (string)path.Element(svg + "title")!).ToList();
        Assert.Contains(titles, title => title.StartsWith(Odd + " 1", StringComparison.Ordinal));
        Assert.Contains(titles, title => title.StartsWith("cat 2", StringComparison.Ordinal));
    }

    [Fact]
    public void Cutout_Labels_AreInTheList()
    {
        using var run = Write("cutout");

        using var json = JsonDocument.Parse(File.ReadAllBytes(run["b.cutouts.json"]));
        var cutouts = json.RootElement.GetProperty("cutouts").EnumerateArray();
        Assert.Equal([Odd, "cat"], cutouts.Select(cutout => cutout.GetProperty("class").GetString()));
    }

    [Theory]
    [InlineData("json", "a.masks.json", false)]
    [InlineData("coco", "annotations.coco.json", false)]
    [InlineData("labelme", "a.json", true)]
    [InlineData("labelme", "a.json", false)]
    public void Read_FormatsThatAreReadBack_GiveTheLabels(string format, string file, bool asPolygons)
    {
        using var run = Write(format, asPolygons);

        Assert.Equal(["cat", null], MaskSource.Read(run[file])[0].Masks.Select(mask => mask.Label));
    }

    private static FormatRun Write(string format, bool asPolygons = true)
    {
        var run = new FormatRun(format, new ResultFormatOptions { Shapes = asPolygons ? ShapeForm.Polygons : ShapeForm.Masks });
        run.Write("a.png", First);
        run.Write("b.png", Second);
        run.Complete();
        return run;
    }

    // Squares beside each other.
    private static MaskSet Labelled(params string?[] labels) => new(
        new ImageSize(32, 8),
        [
            .. labels.Select((label, i) =>
                TestMask.Record(FormatCases.Draw(32, 8, (x, y) => x / 8 == i && y > 1)) with { PredictedIou = 0.5f, Label = label }),
        ]);
}
