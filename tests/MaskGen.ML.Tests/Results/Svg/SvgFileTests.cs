using System.Xml.Linq;
using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public class SvgFileTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Write_AnyMasks_RenderToTheSamePixels(string name)
    {
        var masks = FormatCases.Masks(name);
        using var run = new FormatRun("svg");
        run.Write("a.png", masks);

        var root = XDocument.Load(run["a.svg"]).Root!;
        Assert.Equal($"0 0 {masks.ImageSize.Width} {masks.ImageSize.Height}", (string)root.Attribute("viewBox")!);
        Assert.Equal("evenodd", (string)root.Element(Svg + "g")!.Attribute("fill-rule")!);
        var paths = root.Descendants(Svg + "path").ToDictionary(path => (string)path.Attribute("id")!);
        Assert.Equal(masks.Count, paths.Count);
        for (var i = 0; i < masks.Count; i++)
        {
            var path = paths[$"mask-{i + 1}"];
            Assert.Equal($"object {i + 1}, predicted IoU 0.9", (string)path.Element(Svg + "title")!);
            Assert.Equal(TestMask.Unpack(masks[i].Segmentation), Render((string)path.Attribute("d")!, masks.ImageSize));
        }
    }

    [Theory]
    [MemberData(nameof(FormatCases.ImageNames), MemberType = typeof(FormatCases))]
    public void Write_OddNames_AreTheTitle(string name)
    {
        using var run = new FormatRun("svg");
        run.Write(name, FormatCases.Masks("pixel"));

        Assert.Equal(name, (string)XDocument.Load(run[Path.ChangeExtension(name, ".svg")]).Root!.Element(Svg + "title")!);
    }

    [Fact]
    public void Write_NamesThatXmlCannotHold_AreReplaced()
    {
        using var stream = new MemoryStream();
        SvgFile.Write(stream, "a\u0001\uD83D\uDE00\uD83D.png", FormatCases.Masks("pixel"), 0, new ResultStamp(SvgFile.Kind));

        stream.Position = 0;
        Assert.Equal("a\uFFFD\uD83D\uDE00\uFFFD.png", (string)XDocument.Load(stream).Root!.Element(Svg + "title")!);
    }

    private static bool[,] Render(string commands, ImageSize size)
    {
        using var bitmap = new SKBitmap(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        bitmap.Erase(SKColors.Transparent);
        using var canvas = new SKCanvas(bitmap);
        using var path = SKPath.ParseSvgPathData(commands);
        path.FillType = SKPathFillType.EvenOdd;
        using var paint = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        canvas.DrawPath(path, paint);
        var pixels = new bool[size.Width, size.Height];
        for (var x = 0; x < size.Width; x++)
        {
            for (var y = 0; y < size.Height; y++)
            {
                // Nothing between set and not set: the outlines run along pixel edges.
                var alpha = bitmap.GetPixel(x, y).Alpha;
                Assert.True(alpha is 0 or 255);
                pixels[x, y] = alpha == 255;
            }
        }

        return pixels;
    }
}
