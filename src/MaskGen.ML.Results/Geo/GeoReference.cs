using System.IO.Hashing;
using System.Text;

namespace MaskGen.ML.Results;

/// <summary>Where the pixels of an image lie in a reference system.</summary>
/// <param name="A">Change of x per column.</param>
/// <param name="D">Change of y per column.</param>
/// <param name="B">Change of x per row.</param>
/// <param name="E">Change of y per row; below 0 where y grows upwards.</param>
/// <param name="C">x of the centre of the upper left pixel.</param>
/// <param name="F">y of the centre of the upper left pixel.</param>
internal sealed record GeoReference(double A, double D, double B, double E, double C, double F)
{
    // Looked for in this order, as GDAL does.
    private static readonly Func<string, int, GeoReference?>[] Sources = [GeoTiff.TryRead, (image, _) => WorldFile.TryRead(image)];

    /// <summary>Name of the reference system, such as <c>urn:ogc:def:crs:EPSG::25832</c>; null where the image does not say it.</summary>
    public string? SystemName { get; init; }

    /// <summary>The reference system as well-known text; null where the image does not say it.</summary>
    public string? WellKnownText { get; init; }

    /// <summary>Whether outlines run the other way around in the reference system than in pixels with y down.</summary>
    public bool IsMirrored => (A * E) - (B * D) < 0;

    /// <summary>Tells this reference from any other; part of what <c>--resume</c> compares.</summary>
    public string Digest => Convert.ToHexString(XxHash64.Hash(Encoding.UTF8.GetBytes(
        FormattableString.Invariant($"{A:R} {D:R} {B:R} {E:R} {C:R} {F:R} {SystemName} {WellKnownText}")))).ToLowerInvariant();

    /// <summary>Finds the reference of an image.</summary>
    /// <param name="image">Path of the image.</param>
    /// <param name="page">Which image of the file, from 1.</param>
    /// <returns>Null for an image without one.</returns>
    /// <exception cref="InvalidDataException">There is one, and it cannot be understood.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static GeoReference? Of(string image, int page = 1) =>
        Sources.Select(source => source(image, page)).FirstOrDefault(reference => reference is not null);

    /// <summary>A corner of an outline in the reference system.</summary>
    /// <param name="corner">In pixels of the image, whose outer edge is at 0.</param>
    public (double X, double Y) Apply(PolygonPoint corner)
    {
        // Pixel centres are at whole numbers there and at halves here.
        var (column, row) = (corner.X - 0.5, corner.Y - 0.5);
        return ((A * column) + (B * row) + C, (D * column) + (E * row) + F);
    }
}
