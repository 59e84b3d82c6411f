using System.Globalization;
using System.Xml.Linq;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class CvatXmlTests
{
    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Write_AnyMasks_HaveTheSamePixels(string name)
    {
        var masks = FormatCases.Masks(name);
        foreach (var form in new[] { ShapeForm.Polygons, ShapeForm.Masks })
        {
            using var run = new FormatRun("cvat", new ResultFormatOptions { Shapes = form, PolygonTolerance = 0 });
            run.Write("a.png", masks);
            run.Write("b.png", FormatCases.Masks("pixel"));
            Assert.Equal(run["annotations.cvat.xml"], run.Complete());

            var images = XDocument.Load(run["annotations.cvat.xml"]).Root!.Elements("image").ToList();
            Assert.Equal(["a.png", "b.png"], images.Select(image => (string)image.Attribute("name")!));
            Assert.Equal(["0", "1"], images.Select(image => (string)image.Attribute("id")!));
            var read = Read(images[0]);
            var written = masks.Select((mask, index) => (mask, index)).Where(one => one.mask.Area > 0).ToList();
            Assert.Equal(written.Select(one => one.index), read.Keys.Order());
            Assert.All(written, one => Assert.Equal(TestMask.Unpack(one.mask.Segmentation), read[one.index]));
            Assert.True(form == ShapeForm.Polygons || !images[0].Elements("polygon").Any());
        }
    }

    [Theory]
    [MemberData(nameof(FormatCases.ImageNames), MemberType = typeof(FormatCases))]
    public void Write_OddNames_AreReadBack(string name)
    {
        using var run = new FormatRun("cvat");
        run.Write(name, FormatCases.Masks("pixel"));
        run.Complete();

        var image = XDocument.Load(run["annotations.cvat.xml"]).Root!.Element("image")!;
        Assert.Equal(name, (string)image.Attribute("name")!);
    }

    [Fact]
    public void Complete_NothingWritten_MakesNoFile()
    {
        using var run = new FormatRun("cvat");

        Assert.Null(run.Complete());
        Assert.Empty(run.Files);
    }

    // Shapes by mask, which the order of drawing tells.
    private static Dictionary<int, bool[,]> Read(XElement image)
    {
        var size = new ImageSize((int)image.Attribute("width")!, (int)image.Attribute("height")!);
        var masks = new Dictionary<int, bool[,]>();
        foreach (var shape in image.Elements())
        {
            Assert.Equal("object", (string)shape.Attribute("label")!);
            var pixels = shape.Name == "mask" ? Mask(shape, size) : FormatCases.Fill([Points(shape)], size);
            var index = (int)shape.Attribute("z_order")!;
            if (masks.TryGetValue(index, out var others))
            {
                Assert.Equal(index + 1, (int)shape.Attribute("group_id")!);
                foreach (var (x, y) in TestMask.Positions(pixels))
                {
                    others[x, y] = true;
                }
            }
            else
            {
                masks.Add(index, pixels);
            }
        }

        return masks;
    }

    private static List<(double X, double Y)> Points(XElement polygon) =>
        [.. ((string)polygon.Attribute("points")!).Split(';').Select(pair =>
        {
            var numbers = pair.Split(',').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
            return (numbers[0], numbers[1]);
        })];

    private static bool[,] Mask(XElement mask, ImageSize size)
    {
        var (left, top, width, height) = (
            (int)mask.Attribute("left")!, (int)mask.Attribute("top")!, (int)mask.Attribute("width")!, (int)mask.Attribute("height")!);
        var pixels = new bool[size.Width, size.Height];
        var (position, value) = (0, false);
        foreach (var run in ((string)mask.Attribute("rle")!).Split(',').Select(int.Parse))
        {
            for (var i = 0; i < run; i++, position++)
            {
                pixels[left + (position % width), top + (position / width)] = value;
            }

            value = !value;
        }

        Assert.Equal(width * height, position);
        return pixels;
    }
}
