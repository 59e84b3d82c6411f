using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using SkiaSharp;

namespace MaskGen.ML.Stages;

/// <summary>Finds out whether an image of ML.NET's came from a file that is cut short.</summary>
/// <remarks>
/// ML.NET's loaders accept such files and leave the pixels that never came at zero, alpha included. In a bitmap that is declared opaque no
/// pixel of a file has alpha 0, so rows of zeros at its end are rows that were not there. A file with alpha, an interlaced or a progressive
/// one cannot be judged by that.
/// </remarks>
internal static class MissingImageRows
{
    // ResizeImages with padding can leave up to two rows at the end unpainted and none at the beginning: its sizes are rounded down.
    private const int Unremarkable = 2;

    /// <summary>Number of rows at the end that the file did not have; 0 where there are none, or where there is no telling.</summary>
    public static int Count(MLImage image)
    {
        var pixels = image.Pixels;
        var (height, rowLength) = (image.Height, 4 * image.Width);
        var missing = 0;
        while (missing < height && IsEmpty(pixels.Slice(rowLength * (height - 1 - missing), rowLength)))
        {
            missing++;
        }

        // Padding is above the image as well as below it.
        var isPadded = missing < height && IsEmpty(pixels[..rowLength]);
        return missing > Unremarkable && !isPadded && IsDeclaredOpaque(image) ? missing : 0;
    }

    private static bool IsEmpty(ReadOnlySpan<byte> row) => !row.ContainsAnyExcept((byte)0);

    // ML.NET does not say; the bitmap behind its image does.
    private static bool IsDeclaredOpaque(MLImage image)
    {
        try
        {
            return Bitmap(image)?.AlphaType == SKAlphaType.Opaque;
        }
        catch (MissingFieldException)
        {
            // Another version of ML.NET: no telling.
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_image")]
    private static extern ref SKBitmap? Bitmap(MLImage image);
}
