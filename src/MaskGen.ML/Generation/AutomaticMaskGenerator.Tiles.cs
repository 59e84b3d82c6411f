using MaskGen.ML.Generation;
using MaskGen.ML.Imaging;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <content>Segments very large images by tiles.</content>
public sealed partial class AutomaticMaskGenerator
{
    // An object counts as found again in a tile around it if its mask there and the one put together from its pieces agree so much.
    private const double FoundAgain = 0.5;

    /// <summary>Segments everything in an image that is too large to be held, by tiles that overlap.</summary>
    /// <param name="path">The file: a TIFF, a PNG that is not interlaced or a JPEG that is not progressive, which are read by rows; of any
    /// other format or form one within the limit on pixels, which is decoded as a whole.</param>
    /// <param name="tiling">Size and overlap of the tiles; null for the defaults.</param>
    /// <param name="options">What is read; null for the defaults. <see cref="ImageLoadOptions.MaximumPixels"/> applies to the rows of one
    /// tile over the width of the image: these are in memory, at three bytes per pixel.</param>
    /// <param name="progress">Progress callback, invoked on the calling thread after each batch of points; its crops are the tiles. Null
    /// for none.</param>
    /// <param name="cancellationToken">Ends the work within one batch.</param>
    /// <returns>The masks in pixels of the whole image, best predicted IoU first; the crop box of each is the tile that it was found in.
    /// Nothing found is an empty set.</returns>
    /// <remarks>
    /// <para>Masks that a tile cuts off are compared with those of its neighbours over what both tiles show: a piece that a neighbour sees
    /// whole is discarded, pieces of one object are put together. What then lies across the edge of a tile is decoded again in a tile
    /// around its middle, and that mask is the result; so the file is read twice. An object that is larger than a tile stays as put
    /// together from its pieces; a piece without a partner is kept unless a larger mask has most of it. Of masks whose boxes overlap by
    /// more than <see cref="AutomaticMaskGenerationOptions.CropNmsThreshold"/> the one that lies farthest inside its tile is kept.</para>
    /// <para>The other options apply within each tile, <see cref="AutomaticMaskGenerationOptions.MaximumMasks"/> to the whole
    /// image.</para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, or an option is out of its range.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a whole image, has more pixels than the options allow, or more than
    /// 2^31 - 1.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="InvalidOperationException">The model makes NaN or infinity of the image or of a point.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The generator is disposed.</exception>
    public MaskSet GenerateByTiles(
        string path,
        MaskTilingOptions? tiling = null,
        ImageLoadOptions? options = null,
        IProgress<MaskGenerationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (tiling, options) = (tiling ?? new MaskTilingOptions(), options ?? ImageLoadOptions.Default);
        tiling.Validate();
        options.Validate();
        using var stream = ImageFile.Open(path);
        using var image = ImageTiles.Open(stream, path, options, tiling.TileSize, cancellationToken);
        return GenerateByTiles(image, tiling, progress, cancellationToken);
    }

    /// <summary>As <see cref="GenerateByTiles(string, MaskTilingOptions, ImageLoadOptions, IProgress{MaskGenerationProgress},
    /// CancellationToken)"/>, of an image that is open.</summary>
    internal MaskSet GenerateByTiles(
        ImageTiles image,
        MaskTilingOptions tiling,
        IProgress<MaskGenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        var tiles = TileGrid.Of(image.Size, tiling);
        var run = new TileRun(progress) { Tiles = tiles.Count };
        var found = new List<TileMask>();
        foreach (var tile in tiles.OrderBy(image.FirstRow))
        {
            found.AddRange(InTile(image, tile, _grids, run, cancellationToken));
        }

        var (whole, atSeams) = TileMerge.Apply(found, cancellationToken);
        whole = Distinct(whole, mask => mask.Record, mask => Inside(mask, tiling), cancellationToken);
        atSeams.AddRange(whole.Where(mask => TileMerge.IsAcross(mask, tiles)).Select(mask => new SeamObject(mask.Record, [mask])));
        List<(MaskRecord Record, float Rank)> candidates =
            [.. whole.Where(mask => !TileMerge.IsAcross(mask, tiles)).Select(mask => (mask.Record, 2 + Inside(mask, tiling)))];
        candidates.AddRange(AgainAroundSeams(image, atSeams, tiling, run, out var left, cancellationToken));
        candidates.AddRange(TileMerge.NotCovered(left, candidates.ConvertAll(one => one.Record), cancellationToken)
            .Select(piece => (piece, 0f)));
        var kept = Distinct(candidates, one => one.Record, one => one.Rank, cancellationToken).ConvertAll(one => one.Record);
        return new MaskSet(image.Size, Best([.. kept.OrderByDescending(record => record.PredictedIou)]));
    }

    private List<T> Distinct<T>(List<T> masks, Func<T, MaskRecord> record, Func<T, float> rank, CancellationToken cancellationToken)
    {
        var boxes = masks.ConvertAll(mask => record(mask).BoundingBox.ToXyxy()).ToArray();
        return BoxNms.Keep(boxes, [.. masks.Select(rank)], _options.CropNmsThreshold, cancellationToken).ConvertAll(index => masks[index]);
    }

    // From 0 at the edge to 1 in the middle, or where no neighbour can see it better.
    private static float Inside(TileMask mask, MaskTilingOptions tiling)
    {
        var half = tiling.Overlap * tiling.TileSize / 2;
        return (float)(Math.Min(mask.Distance, half) / half) * 0.9f;
    }

    private IEnumerable<TileMask> InTile(
        ImageTiles image, PixelArea tile, (float X, float Y)[][] grids, TileRun run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pixels = image.Read(tile);
        var records = Records(tile.Size, grids, EncodeCrop, run, cancellationToken);
        run.Next(records.Count);
        return records.Where(record => record.Area > 0).Select(record => new TileMask(InImage(record, tile, image.Size), tile, image.Size));

        EncodedImage EncodeCrop(ImageCrop crop) => Encode(pixels.Crop(crop.Left, crop.Top, crop.Size), cancellationToken);
    }

    private static MaskRecord InImage(MaskRecord record, PixelArea tile, ImageSize image) => record with
    {
        Segmentation = record.Segmentation.PlaceIn(image, tile.Left, tile.Top),
        BoundingBox = record.BoundingBox with { X = record.BoundingBox.X + tile.Left, Y = record.BoundingBox.Y + tile.Top },
        Points = [.. record.Points.Select(point => point with { X = point.X + tile.Left, Y = point.Y + tile.Top })],
        CropBox = new BoxXywh(tile.Left, tile.Top, tile.Size.Width, tile.Size.Height),
    };

    // What is left over are single pieces that are not found again.
    private List<(MaskRecord Record, float Rank)> AgainAroundSeams(
        ImageTiles image,
        List<SeamObject> objects,
        MaskTilingOptions tiling,
        TileRun run,
        out List<MaskRecord> left,
        CancellationToken cancellationToken)
    {
        var plan = SeamTiles.Of(objects, image.Size, tiling.TileSize);
        run.Tiles += plan.Count;
        var done = new List<(MaskRecord, float)>();
        var again = new HashSet<SeamObject>();
        foreach (var (tile, inside) in plan.OrderBy(one => image.FirstRow(one.Tile)))
        {
            var grid = SeamTiles.Points(tile, inside, _grids[0]);
            var found = InTile(image, tile, [grid], run, cancellationToken).ToList();
            foreach (var one in inside)
            {
                if (SeamTiles.FindAgain(one, found, FoundAgain) is { } mask)
                {
                    again.Add(one);
                    // All of these lie in the middle, so that what the model thinks of them decides.
                    done.Add((mask.Record, 3 + mask.Record.PredictedIou));
                }
            }
        }

        // What is larger than a tile, or is not found again, stays as it was seen or put together.
        var others = objects.Where(one => !again.Contains(one)).ToList();
        done.AddRange(others.Where(one => !one.IsPiece).Select(one => (one.Mask, one.Pieces.Count > 1 ? 1 : 2f)));
        left = [.. others.Where(one => one.IsPiece).Select(one => one.Mask)];
        return done;
    }

    /// <summary>Adds up the progress of tiles.</summary>
    private sealed class TileRun(IProgress<MaskGenerationProgress>? progress) : IProgress<MaskGenerationProgress>
    {
        private int _tile;
        private int _prompts;
        private int _masks;
        private int _last;

        public int Tiles { get; set; }

        public void Report(MaskGenerationProgress value)
        {
            _last = value.PromptCount;
            progress?.Report(new MaskGenerationProgress
            {
                Crop = _tile,
                CropCount = Tiles,
                PromptsDone = _prompts + value.PromptsDone,

                // Those of the tiles to come are taken to be as many.
                PromptCount = (int)Math.Min(_prompts + ((long)(Tiles - _tile) * value.PromptCount), int.MaxValue),
                MasksKept = _masks + value.MasksKept,
            });
        }

        public void Next(int masks)
        {
            _tile++;
            _masks += masks;
            _prompts += _last;
        }
    }
}
