namespace MaskGen.ML.Tests.Imaging;

public class RgbImageTruncationTests
{
    // Not the animated ones, whose first frame is whole long before the end.
    public static TheoryData<string> Files() =>
    [
        "baseline.jpg", "progressive.jpg", "cmyk.jpg", "gray.jpg", "restarts.jpg", "scans.jpg", "plain.png", "alpha.png", "interlaced.gif",
        "plain.gif",
        "lossless.webp", "lossy.webp", "alpha.webp", "plain.bmp", "palette.bmp",
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Load_CutAnywhere_IsRefusedOrWhole(string name)
    {
        var file = File.ReadAllBytes(Path(name));
        var whole = RgbImage.Load(Path(name));

        // Every place near the end, where little is missing, and some of the rest.
        for (var length = 0; length < file.Length; length += length > file.Length - 700 ? 1 : 37)
        {
            if (TryLoad(file[..length], out var message) is { } image)
            {
                Assert.True(image.Pixels.SequenceEqual(whole.Pixels), $"{name} cut to {length} of {file.Length} bytes");
            }
            else
            {
                Assert.Contains("expected", message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("baseline.jpg", 2)]
    [InlineData("progressive.jpg", 2)]
    [InlineData("cmyk.jpg", 2)]
    [InlineData("gray.jpg", 2)]
    [InlineData("restarts.jpg", 2)]
    [InlineData("scans.jpg", 2)]
    [InlineData("plain.png", 12)]
    [InlineData("plain.gif", 2)]
    public void Load_OnlyTheEndMarkMissing_IsTheImage(string name, int markLength)
    {
        var file = File.ReadAllBytes(Path(name));

        var image = RgbImage.Load(new MemoryStream(file[..^markLength]));

        Assert.True(image.Pixels.SequenceEqual(RgbImage.Load(Path(name)).Pixels));
    }

    [Theory]
    [InlineData("baseline.jpg", "60 rows of a JPEG image of 80x60, found ")]
    [InlineData("plain.png", "60 rows of a PNG image of 80x60, found ")]
    [InlineData("plain.gif", "60 rows of a GIF image of 80x60, found ")]
    [InlineData("lossless.webp", "60 rows of a WebP image of 80x60, found ")]
    [InlineData("lossy.webp", "60 rows of a WebP image of 80x60, found ")]
    [InlineData("plain.bmp", "60 rows of a BMP image of 80x60, found data for 29 at most")]
    public void Load_HalfAFile_SaysHowManyRowsCame(string name, string expected)
    {
        var file = File.ReadAllBytes(Path(name));

        TryLoad(file[..(file.Length / 2)], out var message);

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("cut off", message, StringComparison.Ordinal);
        var rows = int.Parse(
            message[(message.IndexOf("found ", StringComparison.Ordinal) + 6)..]
                .Replace("data for ", string.Empty, StringComparison.Ordinal).Split(' ', ';')[0],
                System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(rows, 5, 55);
    }

    [Theory]
    [InlineData("progressive.jpg")]
    [InlineData("interlaced.gif")]
    public void Load_HalfAFileInPasses_SaysThatNoRowIsWhole(string name)
    {
        var file = File.ReadAllBytes(Path(name));

        TryLoad(file[..(file.Length / 2)], out var message);

        Assert.Contains("found only a part of its passes; the file is cut off", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BitmapWithoutTheFillingOfItsLastRow_IsTheImage()
    {
        // Rows of three bytes are filled up to four.
        var file = ImageBytes.Bmp(1, 2, 24, 0, 0, [1, 2, 3, 0, 4, 5, 6, 0]);

        Assert.Equal<byte>([6, 5, 4, 3, 2, 1], RgbImage.Load(new MemoryStream(file[..^1])).Pixels);
        Assert.Throws<InvalidDataException>(() => RgbImage.Load(new MemoryStream(file[..^2])));
    }

    private static string Path(string name) => Fixture.Path($"images/formats/{name}");

    private static RgbImage? TryLoad(byte[] file, out string message)
    {
        try
        {
            message = string.Empty;
            return RgbImage.Load(new MemoryStream(file));
        }
        catch (InvalidDataException e)
        {
            message = e.Message;
            return null;
        }
    }
}
