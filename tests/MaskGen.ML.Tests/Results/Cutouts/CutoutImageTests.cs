using System.Text.Json;
using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public class CutoutImageTests
{
    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Write_AnyMasks_ShowTheImageWhereTheMaskIs(string name)
    {
        var masks = FormatCases.Masks(name);
        masks = new MaskSet(masks.ImageSize, [.. masks.Take(40)]);
        var image = Gradient(masks.ImageSize);
        foreach (var isWhole in new[] { false, true })
        {
            using var run = new FormatRun("cutout", new ResultFormatOptions { CutoutCanvas = isWhole });
            run.Write("a.png", masks, image);

            using var list = JsonDocument.Parse(File.ReadAllBytes(run["a.cutouts.json"]));
            var cutouts = list.RootElement.GetProperty("cutouts").EnumerateArray().ToList();
            Assert.Equal(masks.Count(mask => mask.Area > 0), cutouts.Count);
            Assert.Equal(cutouts.Count + 1, run.Files.Count());
            foreach (var cutout in cutouts)
            {
                var mask = masks[Number(cutout, "mask") - 1].Segmentation;
                using var bitmap = SKBitmap.Decode(File.ReadAllBytes(run[cutout.GetProperty("file").GetString()!]));
                Assert.Equal((bitmap.Width, bitmap.Height), (Number(cutout, "width"), Number(cutout, "height")));
                Assert.True(!isWhole || (bitmap.Width, bitmap.Height) == (image.Size.Width, image.Size.Height));
                Check(bitmap, Number(cutout, "x"), Number(cutout, "y"), mask, image);
            }
        }

        static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
    }

    [Fact]
    public void Write_SoftEdge_FadesEvenlyOverThatManyPixels()
    {
        // A straight edge between columns 9 and 10.
        var mask = FormatCases.Draw(20, 9, (x, _) => x >= 10);
        foreach (var (edge, expected) in new (int, int[])[]
        {
            (0, [0, 0, 0, 255, 255, 255]),
            (1, [0, 0, 0, 255, 255, 255]),
            (2, [0, 0, 64, 191, 255, 255]),
            (3, [0, 0, 85, 170, 255, 255]),
            (4, [0, 32, 96, 159, 223, 255]),
        })
        {
            using var stream = new MemoryStream();
            var frame = CutoutImage.Frame(mask, edge, isWhole: true);
            CutoutImage.Write(stream, Gradient(mask.Size), mask, frame, edge, new ResultStamp(CutoutList.CutoutKind));
            using var bitmap = SKBitmap.Decode(stream.ToArray());

            var found = Enumerable.Range(7, 6).Select(x => (int)bitmap.GetPixel(x, 4).Alpha).ToArray();
            Assert.All(expected.Zip(found), pair => Assert.InRange(pair.Second, pair.First - 1, pair.First + 1));

            // The object does not end where the image does.
            Assert.Equal(255, bitmap.GetPixel(19, 8).Alpha);
        }
    }

    [Fact]
    public void Frame_SoftEdge_HasRoomForIt()
    {
        var mask = FormatCases.Draw(20, 9, (x, y) => x is >= 10 and < 12 && y == 4);

        Assert.Equal((10, 4, 12, 5), Corners(CutoutImage.Frame(mask, 0, isWhole: false)));
        Assert.Equal((8, 2, 14, 7), Corners(CutoutImage.Frame(mask, 4, isWhole: false)));
        Assert.Equal((0, 0, 20, 9), Corners(CutoutImage.Frame(mask, 99, isWhole: false)));

        static (int, int, int, int) Corners(MaskGen.ML.Masks.PixelExtent box) => (box.Left, box.Top, box.Right, box.Bottom);
    }

    [Fact]
    public void Write_FewerMasksThanBefore_LeavesNoneOfTheOthers()
    {
        using var first = new FormatRun("cutout");
        first.Write("a.png", TestMask.Set(TestMask.Draw("#."), TestMask.Draw(".#"), TestMask.Draw("##")));
        using var second = new FormatRun("cutout", earlier: first);
        second.Write("a.png", TestMask.Set(TestMask.Draw("#."), TestMask.Draw("..")));

        Assert.Equal(["a.cutout-0001.png", "a.cutouts.json"], second.Files);
        Assert.Equal(["cutout: empty masks left out: 1"], second.Remarks);
    }

    private static void Check(SKBitmap bitmap, int left, int top, RunLengthEncoding mask, RgbImage image)
    {
        long seen = 0;
        for (var x = 0; x < bitmap.Width; x++)
        {
            for (var y = 0; y < bitmap.Height; y++)
            {
                var pixel = bitmap.GetPixel(x, y);
                var isSet = mask.Contains(left + x, top + y);
                Assert.Equal(isSet ? 255 : 0, pixel.Alpha);
                seen += isSet ? 1 : 0;
                if (isSet)
                {
                    var colour = image.Pixels.Slice((((top + y) * image.Size.Width) + left + x) * 3, 3);
                    Assert.Equal((colour[0], colour[1], colour[2]), (pixel.Red, pixel.Green, pixel.Blue));
                }
            }
        }

        Assert.Equal(mask.Area, seen);
    }

    private static RgbImage Gradient(ImageSize size)
    {
        var pixels = new byte[size.PixelCount * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((i * 7) + (i / 50));
        }

        return RgbImage.FromPixels(size, pixels);
    }
}
