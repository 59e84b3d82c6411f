using System.Text.Json.Serialization;

namespace MaskGen.ML.Results;

/// <summary>One connected piece of a mask as outlines: one around it and one around each of its holes.</summary>
/// <remarks>What <see cref="MaskPolygons"/> makes is valid in the sense of the OGC simple features: no outline crosses or touches itself,
/// and holes touch each other or the outer outline at single points at most. Two polygons are equal if their outlines have the same
/// corners in the same order. Immutable and safe to share between threads.</remarks>
public sealed record MaskPolygon
{
    /// <summary>Corners of the outer outline, clockwise as seen on the screen (y grows downwards). The first corner is not repeated.
    /// Copied.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public required IReadOnlyList<PolygonPoint> Exterior
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = [.. value];
        }
    }

    /// <summary>Corners of each hole, counter-clockwise as seen on the screen, likewise without repetition. Empty without holes.
    /// Copied.</summary>
    /// <exception cref="ArgumentNullException">The value or one of its outlines is null.</exception>
    public IReadOnlyList<IReadOnlyList<PolygonPoint>> Holes
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = [.. value.Select(Copy)];
        }
    }
    = [];

    /// <summary>Area in square pixels, without the holes.</summary>
    public double Area => SignedArea(Exterior) + Holes.Sum(SignedArea);

    /// <summary>All outlines, the outer one first. Not serialised.</summary>
    [JsonIgnore]
    public IEnumerable<IReadOnlyList<PolygonPoint>> Rings => Holes.Prepend(Exterior);

    /// <summary>Whether another polygon has the same outlines, corner by corner.</summary>
    /// <param name="other">The other polygon.</param>
    public bool Equals(MaskPolygon? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Holes.Count == other.Holes.Count
            && Rings.Zip(other.Rings).All(rings => rings.First.SequenceEqual(rings.Second)));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Exterior.Count, Holes.Count, Exterior.FirstOrDefault());

    /// <summary>One line about the polygon, such as <c>Polygon of 12 corners with 1 hole</c>.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"Polygon of {Exterior.Count} corners with {Holes.Count} {(Holes.Count == 1 ? "hole" : "holes")}");

    /// <summary>Area inside an outline: positive when it runs clockwise on the screen, negative otherwise (the shoelace formula).</summary>
    internal static double SignedArea(IReadOnlyList<PolygonPoint> ring)
    {
        double twice = 0;
        for (var i = 0; i < ring.Count; i++)
        {
            var (from, to) = (ring[i], ring[(i + 1) % ring.Count]);
            twice += (from.X * to.Y) - (to.X * from.Y);
        }

        return twice / 2;
    }

    private static IReadOnlyList<PolygonPoint> Copy(IReadOnlyList<PolygonPoint>? ring)
    {
        ArgumentNullException.ThrowIfNull(ring, nameof(Holes));
        return [.. ring];
    }
}
