using MaskGen.ML.Generation;

namespace MaskGen.ML.Tests.Generation;

public class GenerateByTilesTests
{
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
            var tiles = TileGrid.Of(size, new MaskTilingOptions { TileSize = 800 });
            Assert.All(tiles, tile => Assert.True(
                tile is { Left: >= 0, Top: >= 0 } && tile.Right <= size.Width && tile.Bottom <= size.Height));
            Assert.Equal((size.Width, size.Height), (tiles.Max(tile => tile.Right), tiles.Max(tile => tile.Bottom)));
            var lefts = tiles.Select(tile => tile.Left).Distinct().ToList();
            Assert.Equal(0, lefts[0]);
            Assert.True(lefts.Zip(lefts.Skip(1)).All(pair => pair.Second - pair.First <= 600));
        }
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
