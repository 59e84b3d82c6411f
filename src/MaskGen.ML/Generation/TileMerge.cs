using MaskGen.ML.Masks;

namespace MaskGen.ML.Generation;

/// <summary>An object that lies across the edge of a tile.</summary>
/// <param name="Mask">All of it that is known.</param>
/// <param name="Pieces">Its pieces, each of another tile; a single one where no other tile had a piece that fits, or where one tile has
/// seen all of it.</param>
internal sealed record SeamObject(MaskRecord Mask, IReadOnlyList<TileMask> Pieces)
{
    /// <summary>Whether one piece of it is known alone.</summary>
    public bool IsPiece => Pieces is [{ IsCut: true }];
}

/// <summary>Decides which masks of neighbouring tiles are of one object. Everything is computed on run lengths.</summary>
internal static class TileMerge
{
    // Over the area that two tiles share, masks of one object agree at least as much as this.
    private const double SameInOverlap = 0.6;

    // And a piece agrees more with the whole that it is a piece of, which has no border there.
    private const double SameAsWhole = 0.75;

    // Fewer pixels in that area say nothing.
    private const int FewestPixels = 16;

    // Two masks with a greater IoU are of one object, with or without a small part of it.
    private const double NearlyEqual = 0.8;

    // A piece of which so much lies in a larger mask is a piece of that.
    private const double Covered = 0.8;

    /// <summary>Sorts masks into whole objects and such as tiles have cut.</summary>
    /// <param name="masks">The masks of all tiles.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <returns>Whole masks, several of which may be of one object; and the objects at seams that no tile has seen whole.</returns>
    public static (List<TileMask> Whole, List<SeamObject> AtSeams) Apply(
        IReadOnlyList<TileMask> masks, CancellationToken cancellationToken)
    {
        var tiles = masks.Select((mask, index) => (mask, index)).GroupBy(one => one.mask.Tile, one => one.index).ToList();
        var isSeenWhole = new bool[masks.Count];
        var sets = new DisjointSets(masks.Count);
        for (var i = 0; i < tiles.Count; i++)
        {
            for (var j = i + 1; j < tiles.Count; j++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (tiles[i].Key.Intersect(tiles[j].Key) is { } shared)
                {
                    Compare(masks, [.. tiles[i]], [.. tiles[j]], shared, isSeenWhole, sets);
                }
            }
        }

        // A piece that one neighbour has seen whole needs no other.
        var pieces = Enumerable.Range(0, masks.Count).Where(index => masks[index].IsCut).GroupBy(sets.Root);
        var objects = pieces.Where(group => !group.Any(index => isSeenWhole[index]))
            .Select(group => Join([.. group.Select(index => masks[index])]))
            .ToList();
        return ([.. masks.Where(mask => !mask.IsCut)], objects);
    }

    /// <summary>Whether a mask lies across the edge of a tile.</summary>
    public static bool IsAcross(TileMask mask, IEnumerable<PixelArea> tiles) =>
        tiles.Any(tile => mask.Box.Intersect(tile) is { } inside && inside != mask.Box);

    /// <summary>Pieces without a partner, but for those that are pieces of a mask which is there as well.</summary>
    /// <param name="pieces">The pieces.</param>
    /// <param name="masks">The masks.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    public static List<MaskRecord> NotCovered(
        IReadOnlyList<MaskRecord> pieces, IReadOnlyList<MaskRecord> masks, CancellationToken cancellationToken)
    {
        var extents = masks.Select(mask => PixelExtent.Of(mask.Segmentation)).ToArray();
        var left = new List<MaskRecord>();
        foreach (var piece in pieces)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (extent, area) = (PixelExtent.Of(piece.Segmentation), piece.Area);
            var isCovered = Enumerable.Range(0, masks.Count).Any(index => masks[index].Area > area && extents[index].Overlaps(extent)
                && RunSets.IntersectionArea(masks[index].Segmentation, piece.Segmentation) >= Covered * area);
            if (!isCovered)
            {
                left.Add(piece);
            }
        }

        return left;
    }

    /// <summary>Leaves out masks that have nearly all of their pixels in common with a better one, of objects at seams: a mask with and one
    /// without a part of the same object have different boxes.</summary>
    /// <param name="masks">The masks, the best first; and whether each was decoded in the middle of a tile.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    public static List<MaskRecord> Different(
        IReadOnlyList<(MaskRecord Record, bool IsCentered)> masks, CancellationToken cancellationToken)
    {
        var kept = new List<(MaskRecord Record, PixelExtent Extent, bool IsCentered)>();
        foreach (var (record, isCentered) in masks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var extent = PixelExtent.Of(record.Segmentation);
            var isThere = kept.Exists(other => (isCentered || other.IsCentered)
                && other.Extent.Overlaps(extent)
                && Math.Min(other.Record.Area, record.Area) > NearlyEqual * Math.Max(other.Record.Area, record.Area)
                && RunSets.Iou(other.Record.Segmentation, record.Segmentation) > NearlyEqual);
            if (!isThere)
            {
                kept.Add((record, extent, isCentered));
            }
        }

        return kept.ConvertAll(one => one.Record);
    }

    /// <summary>Puts pieces together. Each pixel is taken from the tile that has it nearest to its middle, among those that have a
    /// piece.</summary>
    private static SeamObject Join(List<TileMask> pieces)
    {
        if (pieces.Count == 1)
        {
            return new SeamObject(pieces[0].Record, pieces);
        }

        RunLengthEncoding? all = null;
        foreach (var piece in pieces)
        {
            var own = RunSets.Clip(piece.Record.Segmentation, Own(piece, pieces));
            all = all is null ? own : RunSets.Union(all, own);
        }

        var best = pieces.MaxBy(piece => piece.Record.Segmentation.Area)!.Record;
        var area = pieces.Sum(piece => (double)piece.Record.Segmentation.Area);
        return new SeamObject(
            best with
            {
                Segmentation = all!,
                BoundingBox = all!.BoundingBox,
                PredictedIou = (float)pieces.Sum(piece => piece.Record.PredictedIou * piece.Record.Segmentation.Area / area),
                StabilityScore = (float)pieces.Sum(piece => piece.Record.StabilityScore * piece.Record.Segmentation.Area / area),
            },
            pieces);
    }

    // A tile without the halves of what it shares with the others beside it or above it.
    private static PixelArea Own(TileMask piece, List<TileMask> pieces)
    {
        var (left, top, right, bottom) = (piece.Tile.Left, piece.Tile.Top, piece.Tile.Right, piece.Tile.Bottom);
        foreach (var other in pieces.Select(one => one.Tile))
        {
            if (piece.Tile.Intersect(other) is not { } shared || other == piece.Tile)
            {
                continue;
            }

            if (other.Top == piece.Tile.Top)
            {
                left = other.Left < piece.Tile.Left ? Math.Max(left, shared.Left + (shared.Size.Width / 2)) : left;
                right = other.Left > piece.Tile.Left ? Math.Min(right, shared.Left + (shared.Size.Width / 2)) : right;
            }

            if (other.Left == piece.Tile.Left)
            {
                top = other.Top < piece.Tile.Top ? Math.Max(top, shared.Top + (shared.Size.Height / 2)) : top;
                bottom = other.Top > piece.Tile.Top ? Math.Min(bottom, shared.Top + (shared.Size.Height / 2)) : bottom;
            }
        }

        return new PixelArea(left, top, new ImageSize(Math.Max(right - left, 0), Math.Max(bottom - top, 0)));
    }

    private static void Compare(
        IReadOnlyList<TileMask> masks, int[] first, int[] second, PixelArea shared, bool[] isSeenWhole, DisjointSets sets)
    {
        var (ours, theirs) = (Parts(masks, first, shared), Parts(masks, second, shared));
        var pairs = new List<(double Iou, int First, int Second)>();
        foreach (var a in ours)
        {
            foreach (var b in theirs.Where(b => a.Extent.Overlaps(b.Extent) && (masks[a.Index].IsCut || masks[b.Index].IsCut)))
            {
                var both = RunSets.IntersectionArea(a.Part, b.Part);
                var iou = both / (double)(a.Part.Area + b.Part.Area - both);
                if (iou >= (masks[a.Index].IsCut && masks[b.Index].IsCut ? SameInOverlap : SameAsWhole))
                {
                    pairs.Add((iou, a.Index, b.Index));
                }
            }
        }

        // The best pairs first; each mask has one partner in another tile, so that a part and its whole stay apart.
        var taken = new HashSet<int>();
        foreach (var (_, a, b) in pairs.OrderByDescending(pair => pair.Iou).ThenBy(pair => pair.First).ThenBy(pair => pair.Second))
        {
            if (taken.Contains(a) || taken.Contains(b))
            {
                continue;
            }

            taken.Add(a);
            taken.Add(b);
            if (masks[a].IsCut && masks[b].IsCut)
            {
                sets.Join(a, b);
            }
            else
            {
                isSeenWhole[masks[a].IsCut ? a : b] = true;
            }
        }
    }

    private static List<(int Index, RunLengthEncoding Part, PixelExtent Extent)> Parts(
        IReadOnlyList<TileMask> masks, int[] indices, PixelArea shared)
    {
        var parts = new List<(int, RunLengthEncoding, PixelExtent)>();
        foreach (var index in indices.Where(index => masks[index].Box.Intersect(shared) is not null))
        {
            var part = RunSets.Clip(masks[index].Record.Segmentation, shared);
            if (part.Area >= FewestPixels)
            {
                parts.Add((index, part, PixelExtent.Of(part)));
            }
        }

        return parts;
    }
}
