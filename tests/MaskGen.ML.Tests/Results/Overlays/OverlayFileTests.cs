using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public sealed class OverlayFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.png", SKEncodedImageFormat.Png)]
    [InlineData("a.PNG", SKEncodedImageFormat.Png)]
    [InlineData("a.jpg", SKEncodedImageFormat.Jpeg)]
    [InlineData("a.b.JPEG", SKEncodedImageFormat.Jpeg)]
    [InlineData("a.webp", SKEncodedImageFormat.Webp)]
    public void Save_AnyName_IsOfTheFormatThatTheNameSaysAndShowsTheOverlay(string name, SKEncodedImageFormat format)
    {
        MaskOverlay.Save(_folder[name], ResultSamples.Image, ResultSamples.Masks);

        using var codec = SKCodec.Create(_folder[name]);
        Assert.Equal(format, codec.EncodedFormat);
        using var expected = new MemoryStream();
        MaskOverlay.Write(expected, ResultSamples.Image, ResultSamples.Masks);
        expected.Position = 0;
        var (pixels, reference) = (RgbImage.Load(_folder[name]).Pixels.ToArray(), RgbImage.Load(expected).Pixels.ToArray());
        if (format != SKEncodedImageFormat.Jpeg)
        {
            Assert.Equal(reference, pixels);
        }

        // Twelve grey levels: what colours lose at the edges of quality 92.
        Assert.InRange(reference.Zip(pixels, (a, b) => Math.Abs(a - b)).Average(), 0, 12);
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    public void Save_AnyFormat_IsKnownAsAResultWhateverItsName(string name)
    {
        MaskOverlay.Save(
            _folder[name],
            ResultSamples.Image,
            ResultSamples.Masks,
            options: null,
            ResultStamp.Of(ResultKind.Overlay, ResultSamples.Origin));
        File.Move(_folder[name], _folder["renamed.gif"]);

        var stamp = ImageStamp.TryRead(_folder["renamed.gif"]);

        Assert.True(stamp!.IsSameWork(ResultStamp.Of(ResultKind.Overlay, ResultSamples.Origin)));
    }

    [Theory]
    [InlineData("scene.png")]
    [InlineData("scene-orientation-6.jpg")]
    public void TryRead_Photo_IsNoResult(string name) => Assert.Null(ImageStamp.TryRead(Fixture.Path($"images/{name}")));

    [Fact]
    public void TryRead_CutFiles_NeverFails()
    {
        foreach (var name in new[] { "a.png", "a.jpg", "a.webp" })
        {
            MaskOverlay.Save(_folder[name], ResultSamples.Image, ResultSamples.Masks);
            var bytes = File.ReadAllBytes(_folder[name]);
            for (var length = 0; length < Math.Min(bytes.Length, 2000); length++)
            {
                ImageStamp.TryRead(new MemoryStream(bytes[..length]));
            }
        }
    }

    [Theory]
    [InlineData("a.jpg", 65_501, "65500")]
    [InlineData("a.webp", 16_384, "16383")]
    public void Save_SideTooLongForTheFormat_SaysTheLimitAndTheWayOut(string name, int width, string limit)
    {
        var image = ReportPages.Plain(new ImageSize(width, 1));

        var error = Assert.Throws<ArgumentException>(() => MaskOverlay.Save(_folder[name], image, MaskSet.Empty));

        Assert.Contains(limit, error.Message, StringComparison.Ordinal);
        Assert.Contains($"{width}x1", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("a.jpg", 65_500)]
    [InlineData("a.webp", 16_383)]
    public void Save_LongestSideOfTheFormat_Works(string name, int width)
    {
        MaskOverlay.Save(_folder[name], ReportPages.Plain(new ImageSize(width, 1)), MaskSet.Empty);

        Assert.Equal(new ImageSize(width, 1), RgbImage.Load(_folder[name]).Size);
    }

    [Theory]
    [InlineData("a.tif")]
    [InlineData("a.gif")]
    [InlineData("a")]
    [InlineData("a.png.txt")]
    public void Save_NameOfAnotherFormat_IsRefusedAndTheOlderFileStays(string name)
    {
        File.WriteAllText(_folder[name], "older");

        var error = Assert.Throws<ArgumentException>(() => MaskOverlay.Save(_folder[name], ResultSamples.Image, ResultSamples.Masks));

        Assert.Contains(".png, .jpg, .jpeg, .webp", error.Message, StringComparison.Ordinal);
        Assert.Equal("older", File.ReadAllText(_folder[name]));
    }
}
