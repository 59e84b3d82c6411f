using System.Globalization;
using System.Text;
using System.Xml;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>The masks of an image as a drawing: a path per mask, smaller ones on top.</summary>
/// <remarks>Source: SVG 1.1 (Second Edition), section 8 (paths), 11.3 (the even-odd rule). Outlines run along pixel edges, so that the
/// drawing at its own size has the pixels of the masks and nothing between them.</remarks>
internal static class SvgFile
{
    private const string Namespace = "http://www.w3.org/2000/svg";

    /// <summary>What it is.</summary>
    public static ResultKind Kind { get; } = new("svg") { Inspect = StampedXml.Form.Inspect };

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="imageName">Name of the image, the title of the drawing.</param>
    /// <param name="masks">Its masks. An empty one has a path without commands.</param>
    /// <param name="tolerance">The largest error of outlines in pixels.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Save(string path, string imageName, MaskSet masks, double tolerance, ResultStamp stamp) =>
        AtomicFile.Write(path, stream => Write(stream, imageName, masks, tolerance, stamp));

    /// <summary>Writes a file to a stream, which stays open.</summary>
    public static void Write(Stream stream, string imageName, MaskSet masks, double tolerance, ResultStamp stamp)
    {
        var hashed = new HashingStream(stream);
        using (var xml = StampedXml.Begin(hashed, stamp))
        {
            var (width, height) = (Number(masks.ImageSize.Width), Number(masks.ImageSize.Height));
            xml.WriteStartElement("svg", Namespace);
            xml.WriteAttributeString("width", width);
            xml.WriteAttributeString("height", height);
            xml.WriteAttributeString("viewBox", $"0 0 {width} {height}");
            xml.WriteElementString("title", Namespace, StampedXml.Text(imageName));
            xml.WriteStartElement("g", Namespace);
            xml.WriteAttributeString("id", "masks");
            xml.WriteAttributeString("fill-rule", "evenodd");
            foreach (var index in LabelMap.BottomToTop(masks))
            {
                WriteMask(xml, masks[index], index, tolerance);
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        StampedXml.Complete(hashed);
    }

    private static void WriteMask(XmlWriter xml, MaskRecord mask, int index, double tolerance)
    {
        var (red, green, blue) = MaskPalette.Color(index);
        xml.WriteStartElement("path", Namespace);
        xml.WriteAttributeString("id", FormattableString.Invariant($"mask-{index + 1}"));
        xml.WriteAttributeString("fill", $"#{red:x2}{green:x2}{blue:x2}");
        xml.WriteAttributeString("d", Commands(MaskPolygons.FromMask(mask.Segmentation, tolerance)));
        xml.WriteElementString("title", Namespace, StampedXml.Text(Title(mask, index)));
        xml.WriteEndElement();
    }

    private static string Title(MaskRecord mask, int index)
    {
        var title = FormattableString.Invariant($"{MaskClass.Of(mask)} {index + 1}");
        return float.IsFinite(mask.PredictedIou)
            ? title + FormattableString.Invariant($", predicted IoU {mask.PredictedIou:0.###}")
            : title;
    }

    private static string Commands(IReadOnlyList<MaskPolygon> outlines)
    {
        var text = new StringBuilder();
        foreach (var ring in outlines.SelectMany(outline => outline.Rings))
        {
            for (var i = 0; i < ring.Count; i++)
            {
                text.Append(i == 0 ? 'M' : 'L').Append(Number(ring[i].X)).Append(' ').Append(Number(ring[i].Y));
            }

            text.Append('Z');
        }

        return text.ToString();
    }

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);
}
