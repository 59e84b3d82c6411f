using MaskGen.ML.Generation;
using MaskGen.ML.Imaging;
using MaskGen.ML.Inference;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <content>Segments very large images by tiles.</content>
public sealed partial class AutomaticMaskGenerator
{
    // Ranks of masks that may be of one object, each with something below 1 added: put together, whole in a tile, in the middle of one.
    private const float Joined = 1;
    private const float Whole = 2;
    private const float Centered = 3;

    // How often the file is read for objects across the edges of tiles; mostly it is once, or twice for objects of which a piece was known.
    private const int MostPasses = 3;

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
    /// around it, and again until the mask has its middle in that of the tile, or its point gives it there once more (IoU 0.95): that mask
    /// is the result, whatever its predicted IoU. So the file is read two to four times, and such an object takes a tile or two of its
    /// own. What no tile around it shows is discarded. An object of more than three quarters of a tile stays as put together from
    /// its pieces; a piece of such a size without a partner is kept unless a larger mask has most of it. Of masks whose boxes overlap by
    /// more than <see cref="AutomaticMaskGenerationOptions.CropNmsThreshold"/> the one that lies farthest inside its tile is kept, and of
    /// an object across an edge no second mask whose own IoU with the first is above 0.8.</para>
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
        using var image = OpenTiles(stream, path, options, tiling, cancellationToken);
        return GenerateByTiles(image, tiling, progress, cancellationToken);
    }

    /// <summary>Opens an image for <see cref="GenerateByTiles(ImageTiles, MaskTilingOptions, IProgress{MaskGenerationProgress},
    /// CancellationToken)"/>; otherwise as <see cref="ImageTiles.Open"/>.</summary>
    internal static ImageTiles OpenTiles(
        Stream stream, string source, ImageLoadOptions options, MaskTilingOptions tiling, CancellationToken cancellationToken) =>
        ImageTiles.Open(stream, source, options, tiling.TileSize, SeamTiles.Room(tiling.TileSize), cancellationToken);

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
            [.. whole.Where(mask => !TileMerge.IsAcross(mask, tiles)).Select(mask => (mask.Record, Whole + Inside(mask, tiling)))];
        candidates.AddRange(AgainAroundSeams(image, atSeams, tiling, run, cancellationToken));

        // No tile shows all of those that are larger: they stay as they were put together, or as pieces.
        var larger = atSeams.FindAll(one => !SeamTiles.FitsInto(one, tiling.TileSize));
        candidates.AddRange(larger.Where(one => !one.IsPiece).Select(one => (one.Mask, one.Pieces.Count > 1 ? Joined : Whole)));
        var pieces = larger.Where(one => one.IsPiece).Select(one => one.Mask).ToList();
        candidates.AddRange(TileMerge.NotCovered(pieces, candidates.ConvertAll(one => one.Record), cancellationToken)
            .Select(piece => (piece, 0f)));
        var kept = Distinct(candidates, one => one.Record, one => one.Rank, cancellationToken);
        var different = TileMerge.Different(kept.ConvertAll(one => (one.Record, one.Rank >= Centered)), cancellationToken);
        return new MaskSet(image.Size, Best([.. different.OrderByDescending(record => record.PredictedIou)]));
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

    // What the tiles around an object do not show, or each otherwise, is none: the edge of the tile that it was seen in has made it.
    private List<(MaskRecord Record, float Rank)> AgainAroundSeams(
        ImageTiles image,
        List<SeamObject> objects,
        MaskTilingOptions tiling,
        TileRun run,
        CancellationToken cancellationToken)
    {
        var centered = new CenteredMasks(image.Size, tiling.TileSize, _grids[0], image.IsKept, Open);
        var done = new List<(MaskRecord, float)>();
        var waiting = objects.FindAll(one => SeamTiles.FitsInto(one, tiling.TileSize));
        for (var pass = 1; waiting.Count > 0; pass++)
        {
            run.Tiles += waiting.Count;
            var plan = waiting.Select(one => (Object: one, Middle: SeamTiles.MiddleOf(one)))
                .Select(one => (one.Object, one.Middle, Window: SeamTiles.Window(one.Middle, image.Size, tiling.TileSize)));
            waiting = [];

            // Those beside each other one after the other, so that they can share tiles.
            foreach (var (one, middle, window) in plan.OrderBy(one => image.FirstRow(one.Window)).ThenBy(one => one.Middle))
            {
                cancellationToken.ThrowIfCancellationRequested();
                image.Keep(window);
                var (mask, agreement, next) = centered.Find(one, middle);
                if (next is not null && pass < MostPasses)
                {
                    waiting.Add(new SeamObject(next.Record, [next]));
                }
                else if (mask is not null && agreement >= CenteredMasks.SameMask)
                {
                    // All of these lie in the middle, so that what the model thinks of them decides.
                    done.AddRange(Cleaned(mask.Record).Select(record => (record, Centered + record.PredictedIou)));
                }

                run.NextObject(done.Count);
            }
        }

        return done;

        List<MaskRecord> Cleaned(MaskRecord record) => _options.MinMaskRegionArea > 0
            ? SmallRegionCleanup.Apply([record], _options.MinMaskRegionArea, 1, cancellationToken)
            : [record];

        TileDecoder Open(PixelArea tile)
        {
            var encoded = Encode(image.Read(tile), cancellationToken);
            return (points, isFiltered) => DecodeInTile(encoded, tile, image.Size, points, isFiltered, cancellationToken);
        }
    }

    private List<TileMask> DecodeInTile(
        EncodedImage encoded,
        PixelArea tile,
        ImageSize image,
        IReadOnlyList<PointPrompt> points,
        bool isFiltered,
        CancellationToken cancellationToken)
    {
        using var prepared = _decoder.Prepare(encoded, cancellationToken);
        var decoder = new PointDecoder(_config, _decoder, prepared, _filter, _options);
        var masks = new List<TileMask>();
        foreach (var portion in points.Chunk(Math.Min(_options.PointsPerBatch, PromptBatch.LargestCount(_config))))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var normalized = Array.ConvertAll(
                portion, point => ((point.X - tile.Left) / tile.Size.Width, (point.Y - tile.Top) / tile.Size.Height));
            foreach (var mask in decoder.Decode(normalized, isFiltered ? null : (_, _) => true, cancellationToken))
            {
                if (mask.Mask.Area > 0)
                {
                    masks.Add(new TileMask(InImage(Record(mask, portion[mask.Source.Point]), tile, image), tile, image));
                }
            }
        }

        return masks;

        MaskRecord Record(DecodedPointMask mask, PointPrompt point) => new()
        {
            Segmentation = mask.Mask,
            BoundingBox = mask.Mask.BoundingBox,
            PredictedIou = mask.PredictedIou,
            StabilityScore = mask.StabilityScore,
            ObjectScoreLogit = mask.ObjectScoreLogit,
            Points = [point with { X = point.X - tile.Left, Y = point.Y - tile.Top }],
            CropBox = default,
        };
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

        /// <summary>Adds an object that was looked for in a tile of its own.</summary>
        public void NextObject(int masks)
        {
            Report(new MaskGenerationProgress { PromptsDone = 1, PromptCount = 1, MasksKept = masks });
            (_tile, _prompts) = (_tile + 1, _prompts + 1);
        }

        public void Next(int masks)
        {
            _tile++;
            _masks += masks;
            _prompts += _last;
        }
    }
}
