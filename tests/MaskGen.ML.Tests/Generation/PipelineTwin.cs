using MaskGen.ML.Imaging;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Generation;

/// <summary>A generator with the two peculiarities of the Hugging Face pipeline (transformers 5.23), to compare the rest of it with
/// ours.</summary>
/// <remarks>
/// The pipeline brings its grid to the model input by the longer side alone, as for SAM 1, although SAM 2's input does not keep the aspect
/// ratio: on a 3:2 image its points cover the upper two thirds and nothing below. And it resizes 8-bit pixels and rounds. Ours does
/// neither.
/// </remarks>
internal sealed class PipelineTwin
{
    private readonly Sam2ImageEncoder _encoder;

    public PipelineTwin(string model, AutomaticMaskGenerationOptions options, ImageSize image)
    {
        var opened = TestModel.Open(model);
        _encoder = new Sam2ImageEncoder(opened.Config, opened.Weights);
        var decoder = Sam2PromptDecoder.CreateMaskDecoder(opened.Config, opened.Weights, options.Session);
        Generator = new AutomaticMaskGenerator(
            opened.Config, Encode, decoder, RecommendedThresholds.Official,
            options with { PointGrids = [[.. Grid(options.PointsPerSide, image, opened.Config.ImageSize)]] });
    }

    public AutomaticMaskGenerator Generator { get; }

    private static GridPoint[] Grid(int pointsPerSide, ImageSize image, int inputSize)
    {
        var scale = (double)inputSize / Math.Max(image.Width, image.Height);
        var (width, height) = ((int)((image.Width * scale) + 0.5), (int)((image.Height * scale) + 0.5));
        return Array.ConvertAll(
            PointGrid.Regular(pointsPerSide), point => new GridPoint(point.X * width / inputSize, point.Y * height / inputSize));
    }

    private EncodedImage Encode(RgbImage image, CancellationToken cancellationToken)
    {
        var side = _encoder.InputSize;
        var narrowed = Round(image, new ImageSize(side, image.Size.Height));
        var pixels = Sam2Preprocessing.Preprocess(Round(narrowed, new ImageSize(side, side)), side, TestContext.Current.CancellationToken);
        return _encoder.Encode(pixels, image.Size, cancellationToken);
    }

    // Resizes along one axis and rounds to 8 bits.
    private static RgbImage Round(RgbImage image, ImageSize target)
    {
        var resize = new BilinearResize(image, target);
        var rounded = new byte[3 * target.PixelCount];
        for (var y = 0; y < target.Height; y++)
        {
            var row = resize.Row(y);
            for (var i = 0; i < 3 * target.Width; i++)
            {
                rounded[(y * target.Width * 3) + i] = (byte)Math.Clamp((int)(row[i / 3][i % 3] + 0.5f), 0, 255);
            }
        }

        return RgbImage.FromPixels(target, rounded);
    }
}
