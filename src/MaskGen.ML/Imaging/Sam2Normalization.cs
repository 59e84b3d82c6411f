using System.Runtime.Intrinsics;

namespace MaskGen.ML.Imaging;

/// <summary>Mean and standard deviation that SAM 2's input is normalized with, per channel (R, G, B), for values in [0, 1].</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/utils/transforms.py.</remarks>
internal static class Sam2Normalization
{
    public static ReadOnlySpan<float> Mean => [0.485f, 0.456f, 0.406f];

    public static ReadOnlySpan<float> StandardDeviation => [0.229f, 0.224f, 0.225f];

    /// <summary>(value / 255 - mean) / deviation as one multiplication and one subtraction, of R, G and B; the fourth lane is
    /// unused.</summary>
    public static (Vector128<float> Scale, Vector128<float> Offset) Usual => (
        Vector128.Create(1 / (255 * StandardDeviation[0]), 1 / (255 * StandardDeviation[1]), 1 / (255 * StandardDeviation[2]), 0),
        Vector128.Create(Mean[0] / StandardDeviation[0], Mean[1] / StandardDeviation[1], Mean[2] / StandardDeviation[2], 0));
}
