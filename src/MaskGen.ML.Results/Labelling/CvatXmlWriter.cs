using System.Globalization;
using System.Text;
using System.Xml;
using MaskGen.ML.Files;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Writes the masks of many images as one file of "CVAT for images 1.1", image by image. Not safe for concurrent use.</summary>
/// <remarks>Source: CVAT's documentation, "XML annotation format" and "Run-length encoding": a mask has its box, and the run lengths of the
/// pixels inside it row by row, background first.</remarks>
internal sealed class CvatXmlWriter : IDisposable
{
    private readonly AtomicFile _file;
    private readonly HashingStream _hashed;
    private readonly XmlWriter _xml;
    private int _imageCount;

    /// <summary>Begins a file, which gets its name only once it is complete.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public CvatXmlWriter(string path, ResultStamp stamp)
    {
        _file = new AtomicFile(path);
        _hashed = new HashingStream(_file.Stream);
        _xml = StampedXml.Begin(_hashed, stamp);
        _xml.WriteStartElement("annotations");
        _xml.WriteElementString("version", "1.1");
        _xml.WriteStartElement("meta");
        _xml.WriteStartElement("task");
        _xml.WriteStartElement("labels");
        _xml.WriteStartElement("label");
        _xml.WriteElementString("name", MaskClass.Unknown);
        _xml.WriteElementString("attributes", string.Empty);
        _xml.WriteEndElement();
        _xml.WriteEndElement();
        _xml.WriteEndElement();
        _xml.WriteEndElement();
    }

    /// <summary>What it is.</summary>
    public static ResultKind Kind { get; } = new("cvat") { Inspect = StampedXml.Form.Inspect };

    /// <summary>Adds an image and its masks. An empty mask has no shape and is left out.</summary>
    /// <param name="name">Name of the image as in the task, with <c>/</c> between folders.</param>
    /// <param name="masks">Its masks.</param>
    /// <param name="form">Polygons or masks.</param>
    /// <param name="tolerance">As for <see cref="MaskOutline.Of"/>.</param>
    /// <exception cref="IOException">It cannot be written; the file is then worth nothing.</exception>
    public void Add(string name, MaskSet masks, ShapeForm form, double? tolerance)
    {
        _xml.WriteStartElement("image");
        WriteNumber("id", _imageCount++);
        _xml.WriteAttributeString("name", StampedXml.Text(name));
        WriteNumber("width", masks.ImageSize.Width);
        WriteNumber("height", masks.ImageSize.Height);
        for (var i = 0; i < masks.Count; i++)
        {
            WriteMask(masks[i], i, form, tolerance);
        }

        _xml.WriteEndElement();
        _xml.Flush();
    }

    /// <summary>Completes the file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Complete()
    {
        _xml.WriteEndElement();
        _xml.Flush();
        StampedXml.Complete(_hashed);
        _file.Complete();
    }

    public void Dispose() => _file.Dispose();

    private void WriteMask(MaskRecord mask, int index, ShapeForm form, double? tolerance)
    {
        if (mask.Area == 0)
        {
            return;
        }

        if ((form == ShapeForm.Polygons ? MaskOutline.WithoutHoles(mask.Segmentation, tolerance) : null) is not { } outlines)
        {
            WriteRuns(mask, index);
            return;
        }

        foreach (var outline in outlines)
        {
            Begin("polygon", mask, index);
            _xml.WriteAttributeString("points", Points(outline.Exterior));
            if (outlines.Count > 1)
            {
                WriteNumber("group_id", index + 1);
            }

            _xml.WriteEndElement();
        }
    }

    private void WriteRuns(MaskRecord mask, int index)
    {
        var box = PixelExtent.Of(mask.Segmentation);
        Begin("mask", mask, index);
        _xml.WriteAttributeString("rle", string.Join(", ", MaskCrop.RowRuns(MaskCrop.Of(mask.Segmentation, box))));
        WriteNumber("left", box.Left);
        WriteNumber("top", box.Top);
        WriteNumber("width", box.Right - box.Left);
        WriteNumber("height", box.Bottom - box.Top);
        _xml.WriteEndElement();
    }

    private void Begin(string element, MaskRecord mask, int index)
    {
        _xml.WriteStartElement(element);
        _xml.WriteAttributeString("label", StampedXml.Text(MaskClass.Of(mask)));
        _xml.WriteAttributeString("source", "auto");
        _xml.WriteAttributeString("occluded", "0");
        WriteNumber("z_order", index);
    }

    private void WriteNumber(string name, int number) =>
        _xml.WriteAttributeString(name, number.ToString(CultureInfo.InvariantCulture));

    private static string Points(IReadOnlyList<PolygonPoint> corners)
    {
        var text = new StringBuilder();
        foreach (var corner in corners)
        {
            text.Append(text.Length == 0 ? string.Empty : ";");
            text.Append(FormattableString.Invariant($"{corner.X},{corner.Y}"));
        }

        return text.ToString();
    }
}
