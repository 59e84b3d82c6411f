using MaskGen.ML.Imaging;

namespace MaskGen.ML.Results;

/// <summary>The tags of a TIFF that say where its pixels lie.</summary>
/// <remarks>Source: OGC GeoTIFF 1.1 (19-008r4), sections 6 and 7: ModelPixelScale, ModelTiepoint and ModelTransformation, and the keys of
/// the raster type and of the reference system.</remarks>
internal static class GeoTiff
{
    private const ushort ImageWidth = 256;
    private const ushort ImageLength = 257;
    private const ushort Orientation = 274;
    private const ushort ModelPixelScale = 33550;
    private const ushort ModelTiepoint = 33922;
    private const ushort ModelTransformation = 34264;
    private const ushort GeoKeyDirectory = 34735;

    private const long RasterTypeKey = 1025;
    private const long GeographicKey = 2048;
    private const long ProjectedKey = 3072;
    private const long RasterPixelIsPoint = 2;

    // Those from here on are no codes of EPSG: a system of one's own, or one of a private list.
    private const long FirstPrivateCode = 32_767;
    private const long FirstCode = 1024;
    private const int MostKeys = 4 * 1024;

    /// <summary>Reads the tags of an image.</summary>
    /// <param name="image">Path of the image.</param>
    /// <param name="page">Which image of the file, from 1.</param>
    /// <returns>Null for a file that is no TIFF, and for an image without them, or with single points alone, between which a grid can be
    /// bent.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or the tags put all pixels on one line.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static GeoReference? TryRead(string image, int page)
    {
        return TiffFile.ReadPage(image, page, tags => Of(tags, image));
    }

    private static GeoReference? Of(TiffTags tags, string image)
    {
        if (Matrix(tags) is not var (a, b, c, d, e, f))
        {
            return null;
        }

        if ((a * e) - (b * d) == 0 || !double.IsFinite(a + b + c + d + e + f))
        {
            throw new InvalidDataException($"{image}: expected GeoTIFF tags that place pixels, found such as put all pixels on one line.");
        }

        // By areas, the tags place the corner of the upper left pixel; by points, its centre.
        var keys = Keys(tags);
        var shift = keys.GetValueOrDefault(RasterTypeKey) == RasterPixelIsPoint ? 0 : 0.5;
        var stored = new GeoReference(a, d, b, e, c + (shift * (a + b)), f + (shift * (d + e)));
        return Upright(stored, tags) with { SystemName = SystemOf(keys) };
    }

    // x = a * column + b * row + c, y = d * column + e * row + f.
    private static (double A, double B, double C, double D, double E, double F)? Matrix(TiffTags tags)
    {
        if (tags.Doubles(ModelTransformation, 16) is { Length: 16 } m)
        {
            return (m[0], m[1], m[3], m[4], m[5], m[7]);
        }

        var (scale, tie) = (tags.Doubles(ModelPixelScale, 3), tags.Doubles(ModelTiepoint, 6));
        return scale.Length >= 2 && tie.Length == 6
            ? (scale[0], 0, tie[3] - (tie[0] * scale[0]), 0, -scale[1], tie[4] + (tie[1] * scale[1]))
            : null;
    }

    // Numbers that stand in the directory itself, by their keys.
    private static Dictionary<long, long> Keys(TiffTags tags)
    {
        var all = tags.Wholes(GeoKeyDirectory, MostKeys);
        var keys = new Dictionary<long, long>();

        // After a head of four numbers: key, where its value is (0 for here), number of values, value.
        for (var at = 4; at + 3 < all.Length; at += 4)
        {
            if (all[at + 1] == 0)
            {
                keys.TryAdd(all[at], all[at + 3]);
            }
        }

        return keys;
    }

    private static string? SystemOf(Dictionary<long, long> keys)
    {
        var code = keys.TryGetValue(ProjectedKey, out var projected) ? projected : keys.GetValueOrDefault(GeographicKey);
        return code is >= FirstCode and < FirstPrivateCode ? FormattableString.Invariant($"urn:ogc:def:crs:EPSG::{code}") : null;
    }

    // The tags are of the image as stored, outlines of the upright one.
    private static GeoReference Upright(GeoReference stored, TiffTags tags)
    {
        var (w, h) = ((tags.Whole(ImageWidth) ?? 1) - 1.0, (tags.Whole(ImageLength) ?? 1) - 1.0);
        Func<double, double, (double Column, double Row)> back = tags.Whole(Orientation) switch
        {
            2 => (x, y) => (w - x, y),
            3 => (x, y) => (w - x, h - y),
            4 => (x, y) => (x, h - y),
            5 => (x, y) => (y, x),
            6 => (x, y) => (y, h - x),
            7 => (x, y) => (w - y, h - x),
            8 => (x, y) => (w - y, x),
            _ => (x, y) => (x, y),
        };
        var (origin, right, down) = (At(0, 0), At(1, 0), At(0, 1));
        return new GeoReference(
            right.X - origin.X, right.Y - origin.Y, down.X - origin.X, down.Y - origin.Y, origin.X, origin.Y);

        (double X, double Y) At(double x, double y)
        {
            var (column, row) = back(x, y);
            return ((stored.A * column) + (stored.B * row) + stored.C, (stored.D * column) + (stored.E * row) + stored.F);
        }
    }
}
