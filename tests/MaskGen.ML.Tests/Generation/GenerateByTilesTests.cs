using BitMiracle.LibTiff.Classic;
using MaskGen.ML.Generation;
using MaskGen.ML.Masks;
using MaskGen.ML.Tests.Imaging;

namespace MaskGen.ML.Tests.Generation;

public class GenerateByTilesTests
{
    private const double Found = 0.8;

    // The aim is 0.95 for every object. nano gives other masks of the same point when the tile lies elsewhere (IoU 0.66 to 1 on this
    // picture), so that an object which it sees whole at the edge of a tile and not again in the middle of one stays as it was.
    private const double Alike = 0.9;

    // Four still lifes beside each other, with tile edges through many of their objects.
    private static readonly MaskTilingOptions Tiling = new() { TileSize = 800 };

    [Fact]
    public void GenerateByTiles_ImageOfOneTile_GivesTheMasksOfTheImage()
    {
        using var generator = Micro();
        var path = Fixture.Path("images/scene.png");

        var expected = generator.Generate(RgbImage.Load(path), cancellationToken: TestContext.Current.CancellationToken);
        var masks = generator.GenerateByTiles(path, cancellationToken: TestContext.Current.CancellationToken);

        Assert.NotEmpty(expected);
        Assert.Equal(expected.Where(mask => mask.Area > 0).OrderByDescending(mask => mask.PredictedIou), masks);
    }

    [Fact]
    public void GenerateByTiles_SeveralTiles_HasMasksOfTheWholeImageWithAreaBoxAndPoint()
    {
        using var generator = Micro();
        var path = Fixture.Path("images/scene.png");
        var progress = new List<MaskGenerationProgress>();

        var masks = generator.GenerateByTiles(
            path,
            new MaskTilingOptions { TileSize = 128 },
            progress: new Recorder(progress),
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.NotEmpty(masks);
        Assert.All(masks, mask =>
        {
            Assert.Equal(RgbImage.Load(path).Size, mask.Segmentation.Size);
            Assert.Equal(mask.Segmentation.BoundingBox, mask.BoundingBox);
            Assert.InRange(mask.CropBox.Width, 1, 128);
            Assert.All(mask.Points, point =>
            {
                Assert.InRange(point.X, 0, masks.ImageSize.Width);
                Assert.InRange(point.Y, 0, masks.ImageSize.Height);
            });
        });
        Assert.True(masks.Zip(masks.Skip(1)).All(pair => pair.First.PredictedIou >= pair.Second.PredictedIou));
        Assert.True(progress.Zip(progress.Skip(1)).All(pair => pair.First.PromptsDone <= pair.Second.PromptsDone));
        Assert.Equal(progress[^1].CropCount - 1, progress[^1].Crop);
    }

    [Fact]
    public void GenerateByTiles_ObjectsAcrossSeams_AreWholeAndMostlyTheMaskOfATileAround()
    {
        using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions { PointsPerSide = 20 });
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
        using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
        using var folder = new TestFolder();
        var (image, truth) = Mosaic();
        var path = folder.Write("mosaic.tif", TiffBytes.Make(image.Size, 3, 8, image.Pixels.ToArray(), Photometric.RGB));

        var masks = generator.GenerateByTiles(path, Tiling, cancellationToken: TestContext.Current.CancellationToken);

        var tiles = TileGrid.Of(image.Size, Tiling);
        var (atSeams, ious) = (0, new List<double>());
        foreach (var one in truth)
        {
            var box = PixelExtent.Of(one);
            var cut = tiles.Any(tile => IsCrossed(box, tile.Left, tile.Top, tile) || IsCrossed(box, tile.Right, tile.Bottom, tile));
            var found = masks.MaxBy(mask => MaskIou.Of(mask.Segmentation, one))!;
            if (cut && MaskIou.Of(found.Segmentation, one) >= Found)
            {
                atSeams++;
                ious.Add(Centered(encoder, decoder, image, found).Max(mask => MaskIou.Of(mask, found.Segmentation)));
            }
        }

        Assert.InRange(atSeams, 4, int.MaxValue);
        Assert.True(ious.Order().ElementAt(ious.Count / 2) >= Alike, string.Join(", ", ious.Select(iou => iou.ToString("F3"))));
    }

    [Fact]
    public void GenerateByTiles_MaximumMasks_IsOfTheWholeImage()
    {
        var (all, best) = (Generate(null), Generate(1));

        Assert.Equal(all[0], Assert.Single(best));

        static MaskSet Generate(int? maximum)
        {
            using var generator = Micro(maximum);
            return generator.GenerateByTiles(
                Fixture.Path("images/scene.png"),
                new MaskTilingOptions { TileSize = 128 },
                cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData(63, 0.25)]
    [InlineData(20_000, 0.25)]
    [InlineData(512, 0.05)]
    [InlineData(512, 0.6)]
    [InlineData(512, double.NaN)]
    public void Options_OutOfRange_AreRefused(int size, double overlap) => Assert.Throws<ArgumentOutOfRangeException>(
        () => new MaskTilingOptions { TileSize = size, Overlap = overlap }.Validate());

    [Fact]
    public void Grid_AnyImage_IsCoveredByTilesThatOverlapEnough()
    {
        foreach (var (width, height) in new[] { (20_000, 15_000), (801, 3000), (100, 5000), (1, 1) })
        {
            var size = new ImageSize(width, height);
            var tiles = TileGrid.Of(size, Tiling);
            Assert.All(tiles, tile => Assert.True(
                tile is { Left: >= 0, Top: >= 0 } && tile.Right <= size.Width && tile.Bottom <= size.Height));
            Assert.Equal((size.Width, size.Height), (tiles.Max(tile => tile.Right), tiles.Max(tile => tile.Bottom)));
            var lefts = tiles.Select(tile => tile.Left).Distinct().ToList();
            Assert.Equal(0, lefts[0]);
            Assert.True(lefts.Zip(lefts.Skip(1)).All(pair => pair.Second - pair.First <= 600));
        }
    }

    // What the point of a mask gives in a tile around it: object, part and whole.
    private static IEnumerable<RunLengthEncoding> Centered(
        Sam2ImageEncoder encoder, Sam2PromptDecoder decoder, RgbImage image, MaskRecord mask)
    {
        var token = TestContext.Current.CancellationToken;
        var box = PixelExtent.Of(mask.Segmentation);
        var tile = TileGrid.Around((box.Left + box.Right) / 2.0, (box.Top + box.Bottom) / 2.0, image.Size, Tiling.TileSize);
        var point = Assert.Single(mask.Points);
        return decoder.Segment(
                encoder.Encode(image.Crop(tile.Left, tile.Top, tile.Size), token),
                [Sam2Prompt.FromPoint(point.X - tile.Left, point.Y - tile.Top)],
                MaskOutput.Multimask,
                cancellationToken: token)
            .Select(found => found.Segmentation.PlaceIn(image.Size, tile.Left, tile.Top));
    }

    private static bool IsCrossed(PixelExtent box, int x, int y, PixelArea tile) =>
        (box.Left < x && x < box.Right && box.Top < tile.Bottom && box.Bottom > tile.Top)
        || (box.Top < y && y < box.Bottom && box.Left < tile.Right && box.Right > tile.Left);

    private static (RgbImage Image, List<RunLengthEncoding> Truth) Mosaic()
    {
        var one = RgbImage.Load(Fixture.Path("images/still-life.png"));
        var labels = RgbImage.Load(Fixture.Path("images/still-life-labels.png"));
        var size = new ImageSize(2 * one.Size.Width, 2 * one.Size.Height);
        var pixels = new byte[3 * size.PixelCount];
        for (var y = 0; y < size.Height; y++)
        {
            for (var half = 0; half < 2; half++)
            {
                one.Pixels.Slice(3 * (y % one.Size.Height) * one.Size.Width, 3 * one.Size.Width)
                    .CopyTo(pixels.AsSpan(3 * ((y * size.Width) + (half * one.Size.Width))));
            }
        }

        var numbers = Enumerable.Range(0, (int)labels.Size.PixelCount).Select(i => (int)labels.Pixels[3 * i]).ToArray();
        var objects = numbers.Distinct().Where(number => number > 0)
            .Select(number => RunLengthEncoding.FromMask(labels.Size, Array.ConvertAll(numbers, n => n == number)))
            .ToList();
        int[] halves = [0, 1];
        return (new RgbImage(size, pixels),
        [
            .. halves.SelectMany(row => halves.SelectMany(column => objects.Select(
                truth => truth.PlaceIn(size, column * one.Size.Width, row * one.Size.Height)))),
        ]);
    }

    private static AutomaticMaskGenerator Micro(int? maximumMasks = null) => new(new AutomaticMaskGenerationOptions
    {
        Model = Sam2Model.FromFile(Fixture.Path("micro")),
        PointsPerSide = 6,
        PredictedIouThreshold = 0.45f,
        StabilityScoreThreshold = 0.3f,
        MaximumMasks = maximumMasks,
    });

    private sealed class Recorder(List<MaskGenerationProgress> reports) : IProgress<MaskGenerationProgress>
    {
        public void Report(MaskGenerationProgress value) => reports.Add(value);
    }
}
