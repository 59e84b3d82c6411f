using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Draws numbers and a few words without a font: a server without a desktop may have none.</summary>
internal static class StrokeText
{
    // Of letters, in the units of Glyphs: capitals and digits are 10 high.
    private const float CapitalHeight = 10;
    private const float StrokeWidth = 1.5f;
    private const float Gap = 2.4f;
    private const float Space = 4;

    // Lines through the middle of the strokes, as SVG paths: x from the left, y down to 10 on the base line.
    private static readonly Dictionary<char, (float Width, string Strokes)> Glyphs = new()
    {
        ['0'] = (6, "M3 0C1 0 0 2 0 5C0 8 1 10 3 10C5 10 6 8 6 5C6 2 5 0 3 0Z"),
        ['1'] = (6, "M1.2 2.2L3.8 0V10"),
        ['2'] = (6, "M0.2 2.6C0.4 1 1.5 0 3 0C4.7 0 5.8 1.1 5.8 2.7C5.8 4.4 4.6 5.6 0 10H6"),
        ['3'] = (6,
            "M0.3 1.8C0.8 0.6 1.8 0 3 0C4.6 0 5.6 1 5.6 2.4"
            + "C5.6 3.8 4.6 4.7 2.6 4.7C4.8 4.7 5.9 5.8 5.9 7.3C5.9 8.9 4.7 10 2.9 10C1.5 10 0.4 9.3 0 8"),
        ['4'] = (6, "M4.6 10V0L0 7H6"),
        ['5'] = (6, "M5.4 0H1L0.5 4.6C1.2 4 2 3.7 2.9 3.7C4.7 3.7 5.9 4.9 5.9 6.8C5.9 8.7 4.7 10 2.8 10C1.4 10 0.4 9.3 0 8.1"),
        ['6'] = (6,
            "M5.2 0.9C4.6 0.3 3.9 0 3.1 0C1.1 0 0 2 0 5.4"
            + "C0 8.4 1.1 10 3 10C4.8 10 6 8.7 6 6.9C6 5.1 4.8 3.9 3.1 3.9C1.5 3.9 0.3 5 0 6.6"),
        ['7'] = (6, "M0 0H6L2.2 10"),
        ['8'] = (6,
            "M3 4.6C1.4 4.6 0.4 3.7 0.4 2.3C0.4 0.9 1.4 0 3 0"
            + "C4.6 0 5.6 0.9 5.6 2.3C5.6 3.7 4.6 4.6 3 4.6C1.2 4.6 0 5.7 0 7.3C0 8.9 1.2 10 3 10C4.8 10 6 8.9 6 7.3C6 5.7 4.8 4.6 3 4.6Z"),
        ['9'] = (6,
            "M0.8 9.1C1.4 9.7 2.1 10 2.9 10C4.9 10 6 8 6 4.6"
            + "C6 1.6 4.9 0 3 0C1.2 0 0 1.3 0 3.1C0 4.9 1.2 6.1 2.9 6.1C4.5 6.1 5.7 5 6 3.4"),
        ['.'] = (1, "M0.5 9.9V10"),
        ['/'] = (4, "M0 11L4 -0.5"),
        ['I'] = (1, "M0.5 0V10"),
        ['U'] = (6.4f, "M0 0V6.4C0 8.7 1.2 10 3.2 10C5.2 10 6.4 8.7 6.4 6.4V0"),
        ['a'] = (4.8f, "M4.8 3.6V10M4.8 5.6C4.5 4.3 3.6 3.5 2.5 3.5C1 3.5 0 4.8 0 6.75C0 8.7 1 10 2.5 10C3.6 10 4.5 9.2 4.8 7.9"),
        ['b'] = (4.8f,
            "M0 0V10M0 5.6C0.3 4.3 1.2 3.5 2.3 3.5"
            + "C3.8 3.5 4.8 4.8 4.8 6.75C4.8 8.7 3.8 10 2.3 10C1.2 10 0.3 9.2 0 7.9"),
        ['c'] = (4.4f, "M4.4 4.7C4 3.9 3.3 3.5 2.5 3.5C1 3.5 0 4.8 0 6.75C0 8.7 1 10 2.5 10C3.3 10 4 9.6 4.4 8.8"),
        ['d'] = (4.8f, "M4.8 0V10M4.8 5.6C4.5 4.3 3.6 3.5 2.5 3.5C1 3.5 0 4.8 0 6.75C0 8.7 1 10 2.5 10C3.6 10 4.5 9.2 4.8 7.9"),
        ['e'] = (4.8f, "M0.1 6.6H4.8C4.8 4.7 3.9 3.5 2.5 3.5C1 3.5 0 4.8 0 6.75C0 8.7 1 10 2.6 10C3.5 10 4.2 9.6 4.6 8.8"),
        ['f'] = (3.2f, "M3.4 0.2C1.9 -0.2 1.2 0.5 1.2 2V10M0 3.6H3"),
        ['h'] = (4.5f, "M0 0V10M0 6C0.2 4.4 1.1 3.5 2.4 3.5C3.8 3.5 4.5 4.4 4.5 6V10"),
        ['i'] = (1, "M0.5 3.6V10M0.5 0.9V1"),
        ['m'] = (7.6f,
            "M0 3.6V10M0 5.8C0.2 4.3 1 3.5 2.1 3.5"
            + "C3.2 3.5 3.8 4.3 3.8 5.8V10M3.8 5.8C4 4.3 4.8 3.5 5.9 3.5C7 3.5 7.6 4.3 7.6 5.8V10"),
        ['n'] = (4.5f, "M0 3.6V10M0 6C0.2 4.4 1.1 3.5 2.4 3.5C3.8 3.5 4.5 4.4 4.5 6V10"),
        ['o'] = (5.2f, "M2.6 3.5C1 3.5 0 4.8 0 6.75C0 8.7 1 10 2.6 10C4.2 10 5.2 8.7 5.2 6.75C5.2 4.8 4.2 3.5 2.6 3.5Z"),
        ['p'] = (4.8f,
            "M0 3.6V13M0 5.6C0.3 4.3 1.2 3.5 2.3 3.5"
            + "C3.8 3.5 4.8 4.8 4.8 6.75C4.8 8.7 3.8 10 2.3 10C1.2 10 0.3 9.2 0 7.9"),
        ['r'] = (2.8f, "M0 3.6V10M0 6C0.3 4.4 1.2 3.5 2.8 3.6"),
        ['s'] = (4.3f,
            "M4 4.6C3.6 3.9 2.9 3.5 2.1 3.5C1 3.5 0.3 4.1 0.3 5.1"
            + "C0.3 7.3 4.3 6 4.3 8.2C4.3 9.3 3.4 10 2.2 10C1.2 10 0.4 9.6 0 8.8"),
        ['t'] = (3.2f, "M1.3 1.2V8.2C1.3 9.6 2 10.1 3.2 9.8M0 3.6H3.1"),
    };

    /// <summary>Width of a text.</summary>
    /// <param name="text">Of digits and the letters of the captions; others are as wide as a space.</param>
    /// <param name="height">Height of its capitals, in pixels.</param>
    public static float Measure(string text, float height)
    {
        var width = -Gap;
        foreach (var letter in text)
        {
            width += (Glyphs.TryGetValue(letter, out var glyph) ? glyph.Width : Space) + Gap;
        }

        return Math.Max(0, width) * height / CapitalHeight;
    }

    /// <summary>Draws a text.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="text">See <see cref="Measure"/>.</param>
    /// <param name="left">Left edge of its first letter, in pixels.</param>
    /// <param name="top">Upper edge of its capitals.</param>
    /// <param name="height">Height of its capitals.</param>
    /// <param name="color">Colour.</param>
    public static void Draw(SKCanvas canvas, string text, float left, float top, float height, SKColor color)
    {
        var scale = height / CapitalHeight;
        using var ink = new SKPaint
        {
            Color = color,
            IsAntialias = true,
            Style = SKPaintStyle.Stroke,
            StrokeWidth = StrokeWidth,
            StrokeCap = SKStrokeCap.Round,
            StrokeJoin = SKStrokeJoin.Round,
        };
        canvas.Save();
        canvas.Translate(left, top);
        canvas.Scale(scale);
        foreach (var letter in text)
        {
            var isKnown = Glyphs.TryGetValue(letter, out var glyph);
            if (isKnown)
            {
                using var lines = SKPath.ParseSvgPathData(glyph.Strokes);
                canvas.DrawPath(lines, ink);
            }

            canvas.Translate((isKnown ? glyph.Width : Space) + Gap, 0);
        }

        canvas.Restore();
    }
}
