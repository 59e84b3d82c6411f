using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MaskGen.ML.Results;
using SkiaSharp;
using Kernel = Microsoft.DotNet.Interactive.Formatting.Formatter;

namespace MaskGen.ML.Tests.Results;

/// <summary>Finds the formatters as a notebook does, by the names of the attribute, its property and the members, through reflection alone;
/// and once through the library that notebook kernels format with.</summary>
public class NotebookFormatterTests
{
    public static TheoryData<Type> ResultTypes => [typeof(MaskSet), typeof(MaskRecord), typeof(MaskedImage)];

    [Theory]
    [MemberData(nameof(ResultTypes))]
    public void Attribute_OfEachResultType_LeadsToFormattersForHtmlAndText(Type type)
    {
        Assert.Equal(["text/html", "text/plain"], Formatters(type).Select(formatter => formatter.MimeType));
        var attribute = Attribute(type);
        Assert.Equal(["text/html"], (string[])attribute.GetType().GetProperty("PreferredMimeTypes")!.GetValue(attribute)!);
    }

    [Fact]
    public void Kernel_AskedToShowAResult_TakesOurFormatters()
    {
        var (image, masks) = ReportPages.StillLife();

        foreach (var result in new object[] { masks, masks[0], new MaskedImage(image, masks) })
        {
            Assert.Equal(["text/html"], Kernel.GetPreferredMimeTypesFor(result.GetType()));
            Assert.Equal(Format(result, "text/html"), Kernel.ToDisplayString(result, "text/html"));
            Assert.Equal(Format(result, "text/plain"), Kernel.ToDisplayString(result, "text/plain"));
        }
    }

    [Fact]
    public void Html_OfASet_ShowsTheMasksInTheirColoursAndTheirFigures()
    {
        var (_, masks) = ReportPages.StillLife();

        var html = Format(masks, "text/html");

        AssertWellFormed(html);
        Assert.Contains("24 masks of 960x640 pixels", html, StringComparison.Ordinal);
        Assert.Contains("and 12 more", html, StringComparison.Ordinal);
        using var image = Image(html);
        Assert.Equal((960, 640), (image.Width, image.Height));
        var map = LabelMap.FromMasks(masks);
        for (var y = 0; y < image.Height; y += 7)
        {
            for (var x = 0; x < image.Width; x += 7)
            {
                var pixel = image.GetPixel(x, y);
                Assert.Equal(map[x, y] == 0 ? 0 : byte.MaxValue, pixel.Alpha);
                Assert.True(map[x, y] == 0 || MaskGen.ML.Results.MaskPalette.Color(map[x, y] - 1) == (pixel.Red, pixel.Green, pixel.Blue));
            }
        }
    }

    [Fact]
    public void Html_Table_KeepsItsColumnsApartWithoutAStyleSheet()
    {
        var (_, masks) = ReportPages.StillLife();

        var cells = Regex.Matches(Format(masks, "text/html"), "<t[hd]( [^>]*)?>").Select(match => match.Value).ToList();

        Assert.Equal(6 * 13, cells.Count);
        Assert.All(cells, cell => Assert.Contains("padding:2px 10px", cell, StringComparison.Ordinal));
    }

    [Fact]
    public void Html_OfMasksOnTheirImage_ShowsTheOverlay()
    {
        var (image, masks) = ReportPages.StillLife();

        var html = Format(new MaskedImage(image, masks, new() { ShowPrompts = true }), "text/html");

        AssertWellFormed(html);
        using var shown = Image(html);
        Assert.Equal((960, 640), (shown.Width, shown.Height));
        Assert.Equal(byte.MaxValue, shown.GetPixel(0, 0).Alpha);
    }

    [Fact]
    public void Html_OfCandidates_ShowsThemApartAndNamesTheBest()
    {
        var size = new ImageSize(300, 200);
        var masks = new MaskSet(size, [.. new[] { 0.5f, 0.9f, 0.7f }.Select((iou, place) =>
            TestMask.Record(ReportPages.Disc(size, 150, 100, 20 + (20 * place)), iou) with { Points = [new(150, 100)] })]);

        foreach (var result in new object[] { masks, new MaskedImage(ReportPages.Plain(size), masks) })
        {
            var html = Format(result, "text/html");

            AssertWellFormed(html);
            using var image = Image(html);
            Assert.InRange(image.Width, 900, 1020);
            Assert.Contains($"width:{image.Width}px", html, StringComparison.Ordinal);
            Assert.Equal(["2 <b>best</b>"], Regex.Matches(html, "[0-9]+ <b>best</b>").Select(match => match.Value));
        }
    }

    [Fact]
    public void Html_OfALargeImage_IsShrunk()
    {
        var size = new ImageSize(3000, 30);

        var html = Format(new MaskSet(size, [TestMask.Record(new RunLengthEncoding(size, [0, 90_000]))]), "text/html");

        using var image = Image(html);
        Assert.Equal((1440, 14), (image.Width, image.Height));
    }

    [Fact]
    public void Html_OfOneMask_HasNoTable()
    {
        var html = Format(TestMask.Record(TestMask.Draw("##.", "...")), "text/html");

        AssertWellFormed(html);
        Assert.DoesNotContain("<table", html, StringComparison.Ordinal);
        Assert.Contains("Mask of 2 pixels in 3x2, predicted IoU 0.900, stability 0.950", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Html_OfNoImage_SaysSoWithoutAImage()
    {
        var html = Format(MaskSet.Empty, "text/html");

        AssertWellFormed(html);
        Assert.Contains("0 masks", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_OfResults_IsOneLine()
    {
        Assert.Equal("1 mask of 2x1 pixels", Format(TestMask.Set(TestMask.Draw("#.")), "text/plain"));
        Assert.Equal(
            "Mask of 1 pixel in 2x1, predicted IoU 0.900, stability 0.950", Format(TestMask.Record(TestMask.Draw("#.")), "text/plain"));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/plain")]
    public void Format_AnotherType_DeclinesAndWritesNothing(string mimeType)
    {
        using var writer = new StringWriter();

        Assert.False(Formatters(typeof(MaskSet)).Single(formatter => formatter.MimeType == mimeType).Format("text", writer));
        Assert.Empty(writer.ToString());
    }

    [Fact]
    public void MaskedImage_OtherSize_Throws()
    {
        var (image, _) = ReportPages.StillLife();

        Assert.Throws<ArgumentException>(() => new MaskedImage(image, TestMask.Set(TestMask.Draw("#"))));
    }

    private static string Format(object result, string mimeType)
    {
        using var writer = new StringWriter();
        Assert.True(Formatters(result.GetType()).Single(formatter => formatter.MimeType == mimeType).Format(result, writer));
        return writer.ToString();
    }

    private static object Attribute(Type type) =>
        type.GetCustomAttributes(inherit: true).Single(attribute => attribute.GetType().Name == "TypeFormatterSourceAttribute");

    private static List<(string MimeType, Func<object, TextWriter, bool> Format)> Formatters(Type type)
    {
        var attribute = Attribute(type);
        var sourceType = (Type)attribute.GetType().GetProperty("FormatterSourceType")!.GetValue(attribute)!;
        var source = Activator.CreateInstance(sourceType);
        var formatters = (IEnumerable<object>)sourceType.GetMethod(
            "CreateTypeFormatters", BindingFlags.Public | BindingFlags.Instance)!.Invoke(source, [])!;
        return
        [
            .. formatters.Select(formatter => (
                (string)formatter.GetType().GetProperty("MimeType")!.GetValue(formatter)!,
                formatter.GetType().GetMethod("Format", [typeof(object), typeof(TextWriter)])!.CreateDelegate<Func<object, TextWriter,
                bool>>(formatter))),
        ];
    }

    private static SKBitmap Image(string html) =>
        SKBitmap.Decode(Convert.FromBase64String(Regex.Match(html, "src=\"data:image/[a-z]+;base64,([^\"]+)\"").Groups[1].Value));

    // Elements without an end tag are closed first; everything else must nest as in XML.
    private static void AssertWellFormed(string html) => XElement.Parse(Regex.Replace(html, "(<img [^>]*[^/])>", "$1/>"));
}
