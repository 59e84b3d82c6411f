using MaskGen.ML.Checkpoints;
using MaskGen.ML.Imaging;

namespace MaskGen.ML.Tests.Imaging;

public class Sam2PreprocessingTests
{
    [Theory]
    [InlineData("breakfast")]
    [InlineData("narrow")]
    [InlineData("one-pixel")]
    [InlineData("scene")]
    [InlineData("still-life")]
    public void Preprocess_Image_GivesTheReferencesPixels(string image)
    {
        using var golden = SafetensorsReader.Open(Fixture.Path("images/preprocessed.safetensors"));

        var pixels = Sam2Preprocessing.Preprocess(
            RgbImage.Load(Fixture.Path($"images/{image}.png")), 128, TestContext.Current.CancellationToken);

        Near.Assert("pixels", golden.ReadFloat32($"{image}.128").Span, pixels, Tolerances.PixelValues);
    }

    [Theory]
    [InlineData("micro", "scene")]
    [InlineData("micro", "breakfast")]
    [InlineData("nano", "scene")]
    [InlineData("nano", "still-life")]
    public void Preprocess_ForAModel_GivesTheReferencesPixels(string model, string image)
    {
        using var golden = new GoldenImage(model, image);
        var size = TestModel.Config(model).ImageSize;

        var pixels = Sam2Preprocessing.Preprocess(
            RgbImage.Load(Fixture.Path($"images/{image}.png")), size, TestContext.Current.CancellationToken);

        Near.Assert("pixels", golden["pixel_values"].Span, pixels, Tolerances.PixelValues);
    }

    [Fact]
    public void Preprocess_Cancelled_Throws() =>
        Assert.Throws<OperationCanceledException>(
            () =>
                Sam2Preprocessing.Preprocess(RgbImage.Load(Fixture.Path("images/scene.png")), 128, new CancellationToken(canceled: true)));

    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(1, 50, 16)]
    [InlineData(50, 1, 16)]
    [InlineData(17, 33, 32)]
    [InlineData(32, 32, 32)]
    [InlineData(300, 7, 32)]
    [InlineData(1000, 800, 32)]
    public void Preprocess_AnySize_AgreesWithTheNaiveTwin(int width, int height, int inputSize)
    {
        var bytes = new byte[3 * width * height];
        new Random(width * height).NextBytes(bytes);
        var image = RgbImage.FromPixels(new ImageSize(width, height), bytes);

        var pixels = Sam2Preprocessing.Preprocess(image, inputSize, TestContext.Current.CancellationToken);

        Near.Assert("pixels", NaivePreprocessing.Preprocess(image, inputSize), pixels, Tolerances.PixelValues);
    }
}
