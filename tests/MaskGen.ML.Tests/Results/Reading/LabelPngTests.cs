using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public sealed class LabelPngTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void Read_OwnLabelMap_HasItsLabels(int count)
    {
        var masks = TestMask.Set([.. Enumerable.Range(0, count).Select(index =>
            FormatCases.Draw(30, 20, (x, y) => (y * 30) + x == index * 2 || (y * 30) + x == (index * 2) + 1))]);
        LabelMap.FromMasks(masks).SavePng(_folder["labels.png"]);

        Assert.Equal(masks.Select(mask => mask.Segmentation), LabelPng.Read(_folder["labels.png"]).Select(mask => mask.Segmentation));
    }

    [Fact]
    public void Read_AThousandSmallObjects_IsNoPhoto()
    {
        // Discs of five pixels across, as cells lie in a dish.
        var masks = TestMask.Set([.. Enumerable.Range(0, 1000).Select(index => FormatCases.Draw(240, 150, (x, y) =>
            Math.Abs(x - (6 * (index % 40)) - 2) + Math.Abs(y - (6 * (index / 40)) - 2) <= 2))]);
        LabelMap.FromMasks(masks).SavePng(_folder["labels.png"]);

        Assert.Equal(masks.Select(mask => mask.Segmentation), LabelPng.Read(_folder["labels.png"]).Select(mask => mask.Segmentation));
    }

    [Theory]
    [InlineData("images/breakfast.png")]
    [InlineData("images/scene-gray.png")]
    [InlineData("images/scene-alpha.png")]
    public void Read_APicture_IsRefusedWithTheNumberOfItsColours(string picture)
    {
        var error = Assert.Throws<InvalidDataException>(() => LabelPng.Read(Fixture.Path(picture)));
        Assert.Matches("expected a label map .*, found one that looks like a photo: (more than )?[0-9]{3,} colours", error.Message);
    }

    [Theory]
    [InlineData(SKColorType.Gray8)]
    [InlineData(SKColorType.Rgba8888)]
    public void Read_MapOfAnotherProgram_HasAMaskPerValue(SKColorType type)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(19, 13, type, SKAlphaType.Opaque));
        for (var x = 0; x < 19; x++)
        {
            for (var y = 0; y < 13; y++)
            {
                bitmap.SetPixel(x, y, Value(x, y) is var value && value == 0 ? SKColors.Black : new SKColor(value, value, value));
            }
        }

        using (var data = bitmap.Encode(SKEncodedImageFormat.Png, 100))
        {
            _folder.Write("labels.png", data.ToArray());
        }

        var read = LabelPng.Read(_folder["labels.png"]);

        Assert.Equal(
            new byte[] { 5, 9, 200 }.Select(value => FormatCases.Draw(19, 13, (x, y) => Value(x, y) == value)),
            read.Select(mask => mask.Segmentation));

        static byte Value(int x, int y) => (byte)(x < 4 ? 200 : y < 5 ? 9 : x + y > 20 ? 5 : 0);
    }

    [Fact]
    public void Read_PaletteOfFewBits_HasItsIndices()
    {
        // The fixture has a palette; its indices are told apart as its colours are.
        var image = RgbImage.Load(Fixture.Path("images/scene-palette.png"));
        var colours = new HashSet<int>();
        for (var i = 0; i < image.Pixels.Length; i += 3)
        {
            colours.Add((image.Pixels[i] << 16) | (image.Pixels[i + 1] << 8) | image.Pixels[i + 2]);
        }

        var read = LabelPng.Read(Fixture.Path("images/scene-palette.png"));

        Assert.Equal(image.Size, read.ImageSize);
        Assert.InRange(read.Count, colours.Count - 1, colours.Count);
        Assert.Equal(read.Sum(mask => mask.Area), MaskOverlap.Union(read).Area);
    }

    [Fact]
    public void Read_DamagedOrAnotherFile_IsRefused()
    {
        LabelMap.FromMasks(FormatCases.Masks("ring")).SavePng(_folder["labels.png"]);
        var whole = File.ReadAllBytes(_folder["labels.png"]);
        for (var length = 0; length < whole.Length - 20; length += 7)
        {
            _folder.Write("cut.png", whole[..length]);
            var error = Assert.Throws<InvalidDataException>(() => LabelPng.Read(_folder["cut.png"]));
            Assert.Contains("expected a label map", error.Message, StringComparison.Ordinal);
        }
    }
}
