using System.Runtime.Intrinsics;
using MaskGen.ML.Imaging;
using MaskGen.ML.Models;

namespace MaskGen.ML.Inference;

/// <summary>Leads between SAM 2's frame, in which an image fills the whole square, and that of an export, which may keep its aspect
/// ratio.</summary>
/// <remarks>So all others know one frame. Immutable and safe to share between threads.</remarks>
internal sealed class ExportFrame
{
    private const float OutsideLogit = -32;

    private readonly OnnxExportSizes _sizes;
    private readonly ImageSize _covered;

    /// <param name="export">Says sizes and preprocessing.</param>
    /// <param name="image">Size of the image, in its own pixels.</param>
    public ExportFrame(OnnxExport export, ImageSize image)
    {
        _sizes = export.Sizes;
        var side = _sizes.PixelSide;
        var scale = (double)side / Math.Max(image.Width, image.Height);
        _covered = export.Options.KeepAspectRatio
            ? new ImageSize(Scaled(image.Width), Scaled(image.Height))
            : new ImageSize(side, side);

        int Scaled(int length) => Math.Clamp((int)((length * scale) + 0.5), 1, side);
    }

    /// <summary>Factors from coordinates of the S x S frame to pixels of the export's input.</summary>
    public (float X, float Y) Scale =>
        ((float)_covered.Width / (16 * _sizes.EmbeddingSide), (float)_covered.Height / (16 * _sizes.EmbeddingSide));

    private bool IsWhole => _covered.Width == _sizes.PixelSide && _covered.Height == _sizes.PixelSide;

    /// <summary>Resizes an image and scales its values as the export wants them.</summary>
    /// <returns>float32 [1, 3, side, side].</returns>
    public float[] Preprocess(RgbImage image, Sam2OnnxPixels pixels, CancellationToken cancellationToken) => Sam2Preprocessing.Preprocess(
        image,
        _sizes.PixelSide,
        _covered,
        pixels switch
        {
            Sam2OnnxPixels.Raw => (Vector128<float>.One, Vector128<float>.Zero),
            Sam2OnnxPixels.Unit => (Vector128.Create(1 / 255f), Vector128<float>.Zero),
            _ => Sam2Normalization.Usual,
        },
        cancellationToken);

    /// <summary>Brings logits of the export into the frame that the image fills, in place.</summary>
    /// <param name="logits">float32 [4e, 4e].</param>
    public void FromExport(Span<float> logits)
    {
        if (!IsWhole)
        {
            var (x, y) = Parts();
            Resample(logits, (x, y), outside: null);
        }
    }

    /// <summary>Brings logits of the frame that the image fills into that of the export, in place.</summary>
    /// <param name="logits">float32 [4e, 4e].</param>
    public void ToExport(Span<float> logits)
    {
        if (!IsWhole)
        {
            var (x, y) = Parts();
            Resample(logits, (1 / x, 1 / y), OutsideLogit);
        }
    }

    // How much of the square the image covers.
    private (float X, float Y) Parts() =>
        ((float)_covered.Width / _sizes.PixelSide, (float)_covered.Height / _sizes.PixelSide);

    // Bilinear, by the centres of the cells; beyond the edge the outermost cell counts, or a logit that is certain.
    private void Resample(Span<float> logits, (float X, float Y) scale, float? outside)
    {
        var side = 4 * _sizes.EmbeddingSide;
        var source = logits.ToArray();
        for (var row = 0; row < side; row++)
        {
            var (top, bottom, down) = Place(row, scale.Y, side);
            for (var column = 0; column < side; column++)
            {
                if (outside is { } value && ((row + 0.5f) * scale.Y > side || (column + 0.5f) * scale.X > side))
                {
                    logits[(row * side) + column] = value;
                    continue;
                }

                var (left, right, across) = Place(column, scale.X, side);
                var upper = float.Lerp(source[(top * side) + left], source[(top * side) + right], across);
                var lower = float.Lerp(source[(bottom * side) + left], source[(bottom * side) + right], across);
                logits[(row * side) + column] = float.Lerp(upper, lower, down);
            }
        }
    }

    private static (int First, int Second, float Part) Place(int index, float scale, int side)
    {
        var place = Math.Clamp(((index + 0.5f) * scale) - 0.5f, 0, side - 1);
        var first = (int)place;
        return (first, Math.Min(first + 1, side - 1), place - first);
    }
}
