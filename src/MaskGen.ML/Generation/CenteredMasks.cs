using MaskGen.ML.Masks;

namespace MaskGen.ML.Generation;

/// <summary>Decodes points in one tile.</summary>
/// <param name="points">In pixels of the image.</param>
/// <param name="isFiltered">Whether masks that the thresholds discard are left out.</param>
/// <returns>The masks in pixels of the image; empty ones are left out.</returns>
internal delegate IReadOnlyList<TileMask> TileDecoder(IReadOnlyList<PointPrompt> points, bool isFiltered);

/// <summary>Finds the mask of an object in the tile that has this very mask in its middle.</summary>
/// <remarks>
/// A model gives another mask of the same point when the object lies elsewhere in the tile; of a small model a shift by one pixel changes
/// some hundredths of it. So the tile is laid around what is known, the mask that comes there has another middle, and so on. It ends where
/// a mask has its middle in that of the tile that it was decoded in, or where its point gives it again in the tile around it. Of all the
/// points on an object one mostly does at once. Not safe for concurrent use.
/// </remarks>
/// <param name="image">Size of the image.</param>
/// <param name="tileSize">The side of a tile.</param>
/// <param name="grid">The points of a tile, normalized to [0, 1] of it.</param>
/// <param name="isAtHand">Whether a tile can be read.</param>
/// <param name="open">Encodes a tile, which takes most of the time.</param>
internal sealed class CenteredMasks(
    ImageSize image, int tileSize, (float X, float Y)[] grid, Func<PixelArea, bool> isAtHand, Func<PixelArea, TileDecoder> open)
{
    /// <summary>Two masks that agree so much are the same.</summary>
    public const double SameMask = 0.95;

    // So much a mask must have in common with what is known of an object to be of that object.
    private const double SameObject = 0.5;

    // Of several masks one that is in the middle of its tile may have so much less in common with it than the best.
    private const double Tolerance = 0.1;

    // An object that has the same mask, and a little more so, far from the middle of a tile and near it has it in the middle too.
    private const double SameElsewhere = 0.97;
    private const int NearParts = 32;

    private const int MostRounds = 8;
    private const int MostPoints = 32;

    // Tiles that the next objects may lie in the middle of as well.
    private const int TilesKept = 3;
    private readonly Queue<(PixelArea Tile, TileDecoder Decode)> _kept = [];

    /// <summary>Finds the mask of an object.</summary>
    /// <param name="one">What is known of it.</param>
    /// <param name="middle">Where its middle is thought to be.</param>
    /// <returns>The mask, and its IoU with what its point gives in the tile around it; no mask where the tiles around the object show none
    /// that is like it. Where the search ended at a tile that is not at hand, the mask that it is laid around, to go on from.</returns>
    public (TileMask? Mask, double Agreement, TileMask? Next) Find(SeamObject one, (double X, double Y) middle)
    {
        var start = TileGrid.Around(middle.X, middle.Y, image, tileSize);
        if (InSharedTile(one, start) is { } shared)
        {
            return (shared, SameElsewhere, null);
        }

        var best = default((TileMask Mask, double Agreement)?);
        var (tile, last) = (start, one.Pieces is [{ IsCut: false } whole] ? whole : null);
        var seen = new HashSet<PixelArea>();
        for (var round = 0; round < MostRounds && seen.Add(tile); round++)
        {
            var decode = Open(tile);
            if (last is not null && Again(tile, decode, last) is var (again, agreement))
            {
                if (agreement >= SameMask)
                {
                    return TileOf(again) == tile ? (again, 1, null) : (last, agreement, null);
                }

                best = best is null || agreement > best.Value.Agreement ? (last, agreement) : best;
            }

            var found = Candidates(one, last?.Record.Segmentation, tile, decode);
            var likest = found.Count == 0 ? 0 : found[0].Iou;
            if (last is not null && likest >= SameMask)
            {
                return (TileOf(found[0].Mask) == tile ? found[0].Mask : FoundBy(found[0].Mask, last), likest, null);
            }

            if (last is not null && likest > (best?.Agreement ?? 0))
            {
                best = (FoundBy(found[0].Mask, last), likest);
            }

            var centered = found.FindAll(mask => TileOf(mask.Mask) == tile);
            if (centered.FindAll(mask => mask.Iou >= likest - Tolerance) is { Count: > 0 } alike)
            {
                return (alike.MaxBy(mask => mask.Iou * mask.Mask.Record.PredictedIou).Mask, 1, null);
            }

            if (centered.Count > 0 && best is not { Agreement: 1 })
            {
                best = (centered[0].Mask, 1);
            }

            // The shorter the way, the likelier it is the last.
            var ways = found.Where(mask => mask.Iou >= likest - Tolerance && !seen.Contains(TileOf(mask.Mask)))
                .Select(mask => mask.Mask)
                .OrderBy(mask => Distance(TileOf(mask), tile))
                .ToList();
            last = ways.Find(mask => isAtHand(TileOf(mask)));
            if (last is null)
            {
                return (best?.Mask, best?.Agreement ?? 0, best is { Agreement: >= SameMask } ? null : ways.FirstOrDefault());
            }

            tile = TileOf(last);
        }

        return (best?.Mask, best?.Agreement ?? 0, null);
    }

    private PixelArea TileOf(TileMask mask)
    {
        var (x, y) = mask.Extent.Middle;
        return TileGrid.Around(x, y, image, tileSize);
    }

    private TileDecoder Open(PixelArea tile)
    {
        foreach (var kept in _kept)
        {
            if (kept.Tile == tile)
            {
                return kept.Decode;
            }
        }

        if (_kept.Count == TilesKept)
        {
            _kept.Dequeue();
        }

        var decode = open(tile);
        _kept.Enqueue((tile, decode));
        return decode;
    }

    // A mask with the point that gives it in the tile around it, and what the model thinks of it there.
    private TileMask FoundBy(TileMask found, TileMask mask) =>
        new(found.Record with { Segmentation = mask.Record.Segmentation, BoundingBox = mask.Record.BoundingBox }, found.Tile, image);

    // What the point of a mask gives in another tile; null for nothing. A mask may lie off its point.
    private static (TileMask Mask, double Agreement)? Again(PixelArea tile, TileDecoder decode, TileMask mask)
    {
        var best = default((TileMask Mask, double Agreement)?);
        List<PointPrompt> points = [.. mask.Record.Points.Where(point => IsIn(tile, point))];
        foreach (var other in points.Count > 0 ? decode(points, isFiltered: false) : [])
        {
            var iou = RunSets.Iou(other.Record.Segmentation, mask.Record.Segmentation);
            best = best is null || iou > best.Value.Agreement ? (other, iou) : best;
        }

        return best;
    }

    // Who looks the same from far away and from near needs no tile of its own.
    private TileMask? InSharedTile(SeamObject one, PixelArea own)
    {
        if (one.Pieces is [{ IsCut: false } known])
        {
            foreach (var (tile, decode) in _kept)
            {
                if (Distance(tile, own) <= tileSize / NearParts
                    && Distance(known.Tile, own) >= 2 * Distance(tile, own)
                    && Again(tile, decode, known) is var (mask, agreement) && agreement >= SameElsewhere && !mask.IsCut)
                {
                    return mask;
                }
            }
        }

        return null;
    }

    // What is like the object, the likest first.
    private List<(TileMask Mask, double Iou)> Candidates(SeamObject one, RunLengthEncoding? last, PixelArea tile, TileDecoder decode)
    {
        var points = Points(one, tile);
        var like = Like(decode(points, isFiltered: true));
        if (like.Count > 0 && (like[0].Iou >= SameMask || like.Exists(IsCentered)))
        {
            return like;
        }

        points.AddRange(Spread(last ?? one.Mask.Segmentation, MostPoints - points.Count).Where(point => IsIn(tile, point)));
        return Like(decode(points, isFiltered: false));

        bool IsCentered((TileMask Mask, double Iou) mask) => TileOf(mask.Mask) == tile && mask.Iou >= like[0].Iou - Tolerance;

        List<(TileMask Mask, double Iou)> Like(IReadOnlyList<TileMask> found)
        {
            var ious = new List<(TileMask Mask, double Iou)>();
            foreach (var mask in found.Where(mask => !mask.IsCut))
            {
                // The rest of a piece lies outside of its tile.
                var candidate = mask.Record.Segmentation;
                var known = one.IsPiece ? RunSets.Clip(candidate, one.Pieces[0].Tile) : candidate;
                var iou = RunSets.Iou(known, one.Mask.Segmentation);
                if (iou > SameObject)
                {
                    ious.Add((mask, last is null ? iou : RunSets.Iou(candidate, last)));
                }
            }

            return [.. ious.OrderByDescending(mask => mask.Iou)];
        }
    }

    // Those that the object was found by, and those of the tile's own grid that lie on it.
    private List<PointPrompt> Points(SeamObject one, PixelArea tile)
    {
        var mask = one.Mask.Segmentation;
        var box = PixelExtent.Of(mask);
        var on = new List<PointPrompt>();
        foreach (var (x, y) in grid)
        {
            var point = new PointPrompt(tile.Left + (x * tile.Size.Width), tile.Top + (y * tile.Size.Height));
            if (box.Contains(point.X, point.Y) && mask.Contains((int)point.X, (int)point.Y))
            {
                on.Add(point);
            }
        }

        // Of very many those that lie evenly among them.
        var step = (on.Count + MostPoints - 1) / MostPoints;
        return
        [
            .. one.Pieces.SelectMany(piece => piece.Record.Points).Where(point => IsIn(tile, point)),
            .. on.Where((_, index) => index % step == 0),
        ];
    }

    // Points all over a mask: of columns from left to right, in turn a quarter from above, in the middle, and a quarter from below.
    private static IEnumerable<PointPrompt> Spread(RunLengthEncoding mask, int count)
    {
        var segments = mask.Segments().ToList();
        for (var i = 0; i < count; i++)
        {
            var segment = segments[(int)((i + 0.5) * segments.Count / count)];
            var part = ((i % 3) + 1) / 4f;
            yield return new PointPrompt(segment.Column + 0.5f, segment.Start + (part * (segment.End - segment.Start)));
        }
    }

    private static bool IsIn(PixelArea tile, PointPrompt point) =>
        point.X >= tile.Left && point.X <= tile.Right && point.Y >= tile.Top && point.Y <= tile.Bottom;

    private static int Distance(PixelArea a, PixelArea b) => Math.Max(Math.Abs(a.Left - b.Left), Math.Abs(a.Top - b.Top));
}
