using BitMiracle.LibTiff.Classic;
using MaskGen.ML.Generation;
using MaskGen.ML.Masks;
using MaskGen.ML.Tests.Imaging;

namespace MaskGen.ML.Tests.Generation;

/// <summary>Objects across the edges of tiles, with a real model: each is one mask, the one of a tile that is centred on it.</summary>
public class SeamMaskTests
{
    private const double Same = 0.95;
    private const double Found = 0.7;
    private const double Other = 0.8;

    // Parts of an endless pattern of one picture, so that the edges of tiles lie elsewhere on its objects each time.
    [Theory]
    [InlineData("still-life", 700, 440, 130, 90, 400)]
    [InlineData("breakfast", 560, 330, 200, 100, 300)]
    [InlineData("breakfast", 480, 420, 37, 61, 320)]
    public void GenerateByTiles_ObjectsAcrossSeams_AreTheMaskOfATileAroundThem(
        string picture, int width, int height, int left, int top, int tileSize)
    {
        using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions { PointsPerSide = 8 });
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
        using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
        using var folder = new TestFolder();
        var token = TestContext.Current.CancellationToken;
        var (image, objects) = Part(picture, new ImageSize(width, height), left, top);
        var path = folder.Write("part.tif", TiffBytes.Make(image.Size, 3, 8, image.Pixels.ToArray(), Photometric.RGB));
        var tiling = new MaskTilingOptions { TileSize = tileSize };

        var masks = generator.GenerateByTiles(path, tiling, cancellationToken: token);

        var tiles = TileGrid.Of(image.Size, tiling);
        var across = masks.Where(mask => IsAcross(mask.Segmentation, tiles) && IsWellBelow(mask.Segmentation, tileSize)).ToList();
        Assert.InRange(across.Count, 4, int.MaxValue);
        Assert.All(across, mask =>
        {
            var again = Centered(mask).Max(other => MaskIou.Of(other, mask.Segmentation));
            Assert.True(again >= Same, $"{mask.BoundingBox}: IoU {again:F3} with what its point gives in the tile around it");
        });

        // One mask each.
        Assert.All(across, mask => Assert.DoesNotContain(
            masks, other => other != mask && MaskIou.Of(other.Segmentation, mask.Segmentation) > Other));
        Assert.Contains(objects, one => IsAcross(one, tiles) && masks.Any(mask => MaskIou.Of(mask.Segmentation, one) >= Found));

        IEnumerable<RunLengthEncoding> Centered(MaskRecord mask)
        {
            var (x, y) = PixelExtent.Of(mask.Segmentation).Middle;
            var tile = TileGrid.Around(x, y, image.Size, tileSize);
            var point = Assert.Single(mask.Points);
            return decoder.Segment(
                    encoder.Encode(image.Crop(tile.Left, tile.Top, tile.Size), token),
                    [Sam2Prompt.FromPoint(point.X - tile.Left, point.Y - tile.Top)],
                    MaskOutput.Multimask,
                    cancellationToken: token)
                .Select(found => found.Segmentation.PlaceIn(image.Size, tile.Left, tile.Top));
        }
    }

    private static bool IsAcross(RunLengthEncoding mask, List<PixelArea> tiles)
    {
        var box = PixelExtent.Of(mask);
        return tiles.Exists(tile => IsCrossed(tile.Left, tile.Top, tile) || IsCrossed(tile.Right, tile.Bottom, tile));

        bool IsCrossed(int x, int y, PixelArea tile) =>
            (box.Left < x && x < box.Right && box.Top < tile.Bottom && box.Bottom > tile.Top)
            || (box.Top < y && y < box.Bottom && box.Left < tile.Right && box.Right > tile.Left);
    }

    // Larger ones are put together, as docs/large-images.md says.
    private static bool IsWellBelow(RunLengthEncoding mask, int tileSize)
    {
        var box = PixelExtent.Of(mask);
        return Math.Max(box.Right - box.Left, box.Bottom - box.Top) <= 3 * tileSize / 4;
    }

    private static (RgbImage Image, List<RunLengthEncoding> Objects) Part(string picture, ImageSize size, int left, int top)
    {
        var one = RgbImage.Load(Fixture.Path($"images/{picture}.png"));
        var labels = RgbImage.Load(Fixture.Path($"images/{picture}-labels.png"));
        var (pixels, numbers) = (new byte[3 * size.PixelCount], new int[size.PixelCount]);
        for (var y = 0; y < size.Height; y++)
        {
            for (var x = 0; x < size.Width; x++)
            {
                var (column, sourceX) = Math.DivRem(x + left, one.Size.Width);
                var (row, sourceY) = Math.DivRem(y + top, one.Size.Height);
                var source = 3 * ((sourceY * one.Size.Width) + sourceX);
                one.Pixels.Slice(source, 3).CopyTo(pixels.AsSpan(3 * ((y * size.Width) + x)));
                var label = labels.Pixels[source];
                numbers[(y * size.Width) + x] = label == 0 ? 0 : label + (256 * (column + (16 * row)));
            }
        }

        return (
            new RgbImage(size, pixels),
            [
                .. numbers.Distinct().Where(number => number > 0)
                    .Select(number => RunLengthEncoding.FromMask(size, Array.ConvertAll(numbers, n => n == number))),
            ]);
    }
}
