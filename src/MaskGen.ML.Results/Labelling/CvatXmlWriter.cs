using System.Globalization;
using System.Text;
using System.Xml;
using MaskGen.ML.Files;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Writes the masks of many images as one file of "CVAT for images 1.1", image by image. Not safe for concurrent use.</summary>
/// <remarks>Source: CVAT's documentation, "XML annotation format" and "Run-length encoding": a mask has its box, and the run lengths of the
/// pixels inside it row by row, background first. The labels stand before the images and are known after them, so the images wait in a
/// file without a name, and only the labels in memory.</remarks>
internal sealed class CvatXmlWriter : IDisposable
{
    private readonly AtomicFile _file;
    private readonly ResultStamp _stamp;
    private readonly FileStream _images;
    private readonly XmlWriter _xml;
    private readonly List<string> _labels = [];
    private readonly HashSet<string> _knownLabels = new(StringComparer.Ordinal);
    private int _imageCount;

    /// <summary>Begins a file, which gets its name only once it is complete.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public CvatXmlWriter(string path, ResultStamp stamp)
    {
        _stamp = stamp;
        _file = new AtomicFile(path);
        _images = UnfinishedFiles.OfThisProcess.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _xml = StampedXml.BeginFragment(new NamedErrorStream(_images, e => WriteErrors.Name(e, path)));
    }

    /// <summary>What it is.</summary>
    public static ResultKind Kind { get; } = new("cvat") { Inspect = StampedXml.Form.Inspect };

    /// <summary>Reads the names of the images of a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not XML.</exception>
    public static IEnumerable<string> ReadImageNames(string path)
    {
        var names = new List<string>();
        try
        {
            using var xml = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            while (xml.ReadToFollowing("image"))
            {
                names.Add(xml.GetAttribute("name") ?? string.Empty);
            }
        }
        catch (XmlException e)
        {
            throw new InvalidDataException($"{path}: expected XML, found something else: {e.Message}", e);
        }

        return names;
    }

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
        var hashed = new HashingStream(_file.Stream);
        using (var xml = StampedXml.Begin(hashed, _stamp))
        {
            xml.WriteStartElement("annotations");
            xml.WriteElementString("version", "1.1");
            xml.WriteStartElement("meta");
            xml.WriteStartElement("task");
            xml.WriteStartElement("labels");
            foreach (var label in _labels.DefaultIfEmpty(MaskClass.Unknown))
            {
                xml.WriteStartElement("label");
                xml.WriteElementString("name", label);
                xml.WriteElementString("attributes", string.Empty);
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
            xml.WriteEndElement();
            xml.WriteWhitespace("\n");
            xml.Flush();
            _xml.Flush();
            _images.Flush();
            _images.Position = 0;
            _images.CopyTo(hashed);
            xml.WriteWhitespace("\n");
            xml.WriteEndElement();
        }

        UnfinishedFiles.OfThisProcess.Delete(_images);
        StampedXml.Complete(hashed);
        _file.Complete();
    }

    public void Dispose()
    {
        UnfinishedFiles.OfThisProcess.Delete(_images);
        _file.Dispose();
    }

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
        _xml.WriteAttributeString("label", Label(mask));
        _xml.WriteAttributeString("source", "auto");
        _xml.WriteAttributeString("occluded", "0");
        WriteNumber("z_order", index);
    }

    private string Label(MaskRecord mask)
    {
        var label = StampedXml.Text(MaskClass.Of(mask));
        if (_knownLabels.Add(label))
        {
            _labels.Add(label);
        }

        return label;
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
