using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
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

    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Write_AnyMasks_AreOfTheDocumentedStructure(string name)
    {
        foreach (var form in new[] { ShapeForm.Polygons, ShapeForm.Masks })
        {
            using var run = new FormatRun("cvat", new ResultFormatOptions { Shapes = form });
            run.Write("a.png", FormatCases.Masks(name));
            run.Complete();

            var schemas = new XmlSchemaSet();
            schemas.Add(null, XmlReader.Create(new StringReader(Schema)));
            var problems = new List<string>();
            XDocument.Load(run["annotations.cvat.xml"]).Validate(schemas, (_, problem) => problems.Add(problem.Message));
            Assert.Empty(problems);
        }
    }

    [Theory]
    [InlineData("a\rb")]
    [InlineData("a\r\nb\tc")]
    [InlineData(" a <&> \"b\" ")]
    public void Write_LabelWithControlCharacters_IsTheSameInTheListAndInTheShape(string label)
    {
        using var run = new FormatRun("cvat");
        run.Write("a.png", new MaskSet(new ImageSize(23, 17), [FormatCases.Masks("pixel")[0] with { Label = label }]));
        run.Complete();

        var root = XDocument.Load(run["annotations.cvat.xml"], LoadOptions.PreserveWhitespace).Root!;
        Assert.Equal(label, (string)root.Descendants("polygon").Single().Attribute("label")!);
        Assert.Equal(label, root.Descendants("label").Single().Element("name")!.Value);
    }

    [Fact]
    public void Complete_NothingWritten_MakesNoFile()
    {
        using var run = new FormatRun("cvat");

        Assert.Null(run.Complete());
        Assert.Empty(run.Files);
    }

    // Made by hand after CVAT's documentation, "XML annotation format", for images: what of it is written here, in its order and with its
    // types. Points are pairs of numbers, run lengths whole numbers.
    private const string Schema = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:simpleType name="points">
            <xs:restriction base="xs:string"><xs:pattern value="[0-9.]+,[0-9.]+(;[0-9.]+,[0-9.]+){2,}"/></xs:restriction>
          </xs:simpleType>
          <xs:simpleType name="runs">
            <xs:restriction base="xs:string"><xs:pattern value="[0-9]+(, [0-9]+)*"/></xs:restriction>
          </xs:simpleType>
          <xs:attributeGroup name="shape">
            <xs:attribute name="label" type="xs:string" use="required"/>
            <xs:attribute name="source" type="xs:string"/>
            <xs:attribute name="occluded" type="xs:boolean" use="required"/>
            <xs:attribute name="z_order" type="xs:int"/>
            <xs:attribute name="group_id" type="xs:int"/>
          </xs:attributeGroup>
          <xs:element name="annotations"><xs:complexType><xs:sequence>
            <xs:element name="version" fixed="1.1"/>
            <xs:element name="meta"><xs:complexType><xs:sequence><xs:element name="task"><xs:complexType><xs:sequence>
              <xs:element name="labels"><xs:complexType><xs:sequence>
                <xs:element name="label" maxOccurs="unbounded"><xs:complexType><xs:sequence>
                  <xs:element name="name" type="xs:string"/><xs:element name="attributes"/>
                </xs:sequence></xs:complexType></xs:element>
              </xs:sequence></xs:complexType></xs:element>
            </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
            <xs:element name="image" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
              <xs:choice minOccurs="0" maxOccurs="unbounded">
                <xs:element name="polygon"><xs:complexType>
                  <xs:attribute name="points" type="points" use="required"/><xs:attributeGroup ref="shape"/>
                </xs:complexType></xs:element>
                <xs:element name="mask"><xs:complexType>
                  <xs:attribute name="rle" type="runs" use="required"/>
                  <xs:attribute name="left" type="xs:nonNegativeInteger" use="required"/>
                  <xs:attribute name="top" type="xs:nonNegativeInteger" use="required"/>
                  <xs:attribute name="width" type="xs:positiveInteger" use="required"/>
                  <xs:attribute name="height" type="xs:positiveInteger" use="required"/>
                  <xs:attributeGroup ref="shape"/>
                </xs:complexType></xs:element>
              </xs:choice>
              <xs:attribute name="id" type="xs:int" use="required"/>
              <xs:attribute name="name" type="xs:string" use="required"/>
              <xs:attribute name="width" type="xs:positiveInteger" use="required"/>
              <xs:attribute name="height" type="xs:positiveInteger" use="required"/>
            </xs:complexType></xs:element>
          </xs:sequence></xs:complexType></xs:element>
        </xs:schema>
        """;

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
