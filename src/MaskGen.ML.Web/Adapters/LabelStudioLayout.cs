using System.Xml;
using System.Xml.Linq;

namespace MaskGen.ML.Web;

/// <summary>What a labelling configuration of Label Studio says of images and of the regions that are wanted.</summary>
/// <param name="FromName">Name of the tag that regions are of.</param>
/// <param name="ToName">Name of the image.</param>
/// <param name="Value">Key of the image's address in a task.</param>
/// <param name="IsBrush">Whether regions are pixels rather than polygons.</param>
internal sealed record LabelStudioLayout(string FromName, string ToName, string Value, bool IsBrush)
{
    private const int LongestConfiguration = 1 << 20;

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="WebProblem">It has no image with polygons or a brush.</exception>
    public static LabelStudioLayout Parse(string? xml)
    {
        if (xml is not { Length: > 0 and <= LongestConfiguration })
        {
            throw WebProblem.Bad("label_config: expected the configuration of the project, found none.");
        }

        XDocument document;
        try
        {
            // No entity of it is expanded, and nothing that it names is read.
            using var reader = XmlReader.Create(
                new StringReader(xml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            document = XDocument.Load(reader);
        }
        catch (XmlException e)
        {
            throw WebProblem.Bad($"label_config: expected XML, found something else: {e.Message}");
        }

        var tags = document.Descendants().ToList();

        // Pixels are exact; polygons are not.
        var wanted = tags.Find(tag => tag.Name.LocalName == "BrushLabels") ?? tags.Find(tag => tag.Name.LocalName == "PolygonLabels");
        var image = tags.Find(
            tag => tag.Name.LocalName == "Image" && (string?)tag.Attribute("name") == (string?)wanted?.Attribute("toName"));
        return wanted is not null && image is not null
            && (string?)wanted.Attribute("name") is { Length: > 0 } from
            && (string?)image.Attribute("name") is { Length: > 0 } to
            && (string?)image.Attribute("value") is { } value && value.StartsWith('$')
                ? new LabelStudioLayout(from, to, value[1..], wanted.Name.LocalName == "BrushLabels")
                : throw WebProblem.Bad("label_config: expected BrushLabels or PolygonLabels for an Image, found neither.");
    }
}
