using System.Globalization;
using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Draws numbers without a font: a server without a desktop may have none.</summary>
internal static class DigitGlyphs
{
    private const int GlyphWidth = 5;
    private const int GlyphHeight = 7;
    private const int Advance = GlyphWidth + 1;

    // Seven rows of five cells for each digit, top to bottom; the highest of the five bits is the leftmost cell.
    private static ReadOnlySpan<byte> Rows =>
    [
        0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110,
        0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110,
        0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111,
        0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110,
        0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010,
        0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110,
        0b01110, 0b10000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110,
        0b11111, 0b00001, 0b00010, 0b00010, 0b00100, 0b00100, 0b00100,
        0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110,
        0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00001, 0b01110,
    ];

    /// <summary>Draws a number in white on a dark plate, moved as far as necessary to lie inside the image.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="size">Size of the image.</param>
    /// <param name="number">From 0.</param>
    /// <param name="center">Middle of the plate, in pixels.</param>
    /// <param name="cell">Side of a cell of a digit, in pixels.</param>
    public static void Draw(SKCanvas canvas, ImageSize size, int number, PixelPlace center, int cell)
    {
        var digits = number.ToString(CultureInfo.InvariantCulture);
        var (width, height) = (((digits.Length * Advance) + 1) * cell, (GlyphHeight + 2) * cell);
        var left = Math.Max(0, Math.Min(center.X - (width / 2), size.Width - width));
        var top = Math.Max(0, Math.Min(center.Y - (height / 2), size.Height - height));
        using var plate = new SKPaint { Color = new SKColor(0, 0, 0, 0xB0) };
        using var ink = new SKPaint { Color = SKColors.White };
        canvas.DrawRect(left, top, width, height, plate);
        for (var place = 0; place < digits.Length; place++)
        {
            DrawDigit(canvas, digits[place] - '0', left + (((place * Advance) + 1) * cell), top + cell, cell, ink);
        }
    }

    private static void DrawDigit(SKCanvas canvas, int digit, int left, int top, int cell, SKPaint ink)
    {
        for (var row = 0; row < GlyphHeight; row++)
        {
            for (var column = 0; column < GlyphWidth; column++)
            {
                if ((Rows[(digit * GlyphHeight) + row] >> (GlyphWidth - 1 - column) & 1) != 0)
                {
                    canvas.DrawRect(left + (column * cell), top + (row * cell), cell, cell, ink);
                }
            }
        }
    }
}
