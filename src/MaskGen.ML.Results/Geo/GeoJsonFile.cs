using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>The masks of an image as GeoJSON: a feature per mask, a polygon with holes or several.</summary>
/// <remarks>Source: RFC 7946 (outer outlines run counter-clockwise and holes clockwise, as x and y are written; the first corner is
/// repeated). Coordinates are those of the image's reference system, or pixels; unlike RFC 7946, which knows degrees only, the system is
/// named by <c>crs</c> as in the form of 2008, null where it is not known.</remarks>
internal static class GeoJsonFile
{
    private const string InPixels =
        "pixels of the image: x to the right from its left edge, y down from its upper edge, pixel centres at halves";

    private const string InItsSystem = "the reference system of the image, not reprojected";

    /// <summary>What it is.</summary>
    public static ResultKind Kind { get; } = new("geojson") { Inspect = StampedJson.Form.Inspect };

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="imageName">Name of the image.</param>
    /// <param name="masks">Its masks. An empty one is a feature without geometry.</param>
    /// <param name="reference">Where its pixels lie; null for coordinates in pixels.</param>
    /// <param name="tolerance">As for <see cref="MaskOutline.Of"/>.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Save(
        string path, string imageName, MaskSet masks, GeoReference? reference, double? tolerance, ResultStamp stamp) =>
        StampedJson.Save(path, stamp, json =>
        {
            json.WriteString("type", "FeatureCollection");
            json.WriteString("image", imageName);
            json.WriteNumber("width", masks.ImageSize.Width);
            json.WriteNumber("height", masks.ImageSize.Height);
            json.WriteString("coordinates", reference is null ? InPixels : InItsSystem);
            WriteSystem(json, reference);
            json.WriteStartArray("features");
            for (var i = 0; i < masks.Count; i++)
            {
                WriteFeature(json, masks[i], i + 1, reference, tolerance);
                json.Flush();
            }

            json.WriteEndArray();
        });

    private static void WriteSystem(Utf8JsonWriter json, GeoReference? reference)
    {
        if (reference?.SystemName is { } name)
        {
            json.WriteStartObject("crs");
            json.WriteString("type", "name");
            json.WriteStartObject("properties");
            json.WriteString("name", name);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("crs");
        }

        if (reference?.WellKnownText is { } text)
        {
            json.WriteString("crs_wkt", text);
        }
    }

    private static void WriteFeature(Utf8JsonWriter json, MaskRecord mask, int number, GeoReference? reference, double? tolerance)
    {
        json.WriteStartObject();
        json.WriteString("type", "Feature");
        json.WriteNumber("id", number);
        json.WriteStartObject("properties");
        json.WriteNumber("mask", number);
        json.WriteString("class", MaskClass.Of(mask));
        json.WriteNumber("area_pixels", mask.Area);
        MaskJsonWriter.WriteScores(json, mask);
        json.WriteEndObject();
        json.WritePropertyName("geometry");
        WriteGeometry(json, MaskOutline.Of(mask.Segmentation, tolerance), reference);
        json.WriteEndObject();
    }

    private static void WriteGeometry(Utf8JsonWriter json, IReadOnlyList<MaskPolygon> outlines, GeoReference? reference)
    {
        if (outlines.Count == 0)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", outlines.Count == 1 ? "Polygon" : "MultiPolygon");
        json.WritePropertyName("coordinates");
        if (outlines.Count == 1)
        {
            WritePolygon(json, outlines[0], reference);
        }
        else
        {
            json.WriteStartArray();
            foreach (var outline in outlines)
            {
                WritePolygon(json, outline, reference);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WritePolygon(Utf8JsonWriter json, MaskPolygon polygon, GeoReference? reference)
    {
        json.WriteStartArray();
        foreach (var ring in polygon.Rings)
        {
            json.WriteStartArray();

            // Clockwise with y down is counter-clockwise by the numbers; where y grows upwards they run the other way.
            var isReversed = reference is { IsMirrored: true };
            for (var i = 0; i <= ring.Count; i++)
            {
                var corner = ring[(isReversed ? ring.Count - i : i) % ring.Count];
                var (x, y) = reference?.Apply(corner) ?? (corner.X, corner.Y);
                json.WriteStartArray();
                json.WriteNumberValue(x);
                json.WriteNumberValue(y);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
