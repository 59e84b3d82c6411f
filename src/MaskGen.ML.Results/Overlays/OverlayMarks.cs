using System.Globalization;
using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Draws what stands over masks: the prompts, and the numbers.</summary>
internal static class OverlayMarks
{
    // Height of digits: this part of the image's longer side, and no less than can be read.
    private const double SidesPerDigit = 64;
    private const float SmallestDigit = 8;

    // In heights of a digit.
    private const float PlateHeight = 1.7f;
    private const float PlateMargin = 0.42f;

    // Of the mark of a point, in widths of a line.
    private const float PointRadius = 5.5f;

    private static readonly SKColor ForegroundColor = new(0x2E, 0xCC, 0x40);
    private static readonly SKColor BackgroundColor = new(0xFF, 0x41, 0x36);
    private static readonly SKColor BoxColor = new(0xFF, 0xDC, 0x00);
    private static readonly SKColor PlateColor = new(0x10, 0x12, 0x17, 0xDC);
    private static readonly SKColor ShadeColor = new(0x10, 0x12, 0x17, 0xB0);

    /// <summary>Draws the points and boxes that masks were prompted with.</summary>
    public static void DrawPrompts(SKCanvas canvas, MaskSet masks)
    {
        var unit = MaskPainter.LineWidth(masks.ImageSize);
        using var shade = Stroke(2.8f * unit, ShadeColor);
        using var line = Stroke(1.3f * unit, BoxColor);
        foreach (var box in masks.Select(mask => mask.Box).OfType<BoxXyxy>().Distinct())
        {
            canvas.DrawRect(box.X0, box.Y0, box.Width, box.Height, shade);
            canvas.DrawRect(box.X0, box.Y0, box.Width, box.Height, line);
        }

        using var fill = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Fill };
        using var rim = Stroke(1.2f * unit, SKColors.White);
        foreach (var point in masks.SelectMany(mask => mask.Points).Distinct())
        {
            // Plus and minus tell the kinds apart without colours.
            fill.Color = ShadeColor;
            canvas.DrawCircle(point.X, point.Y, PointRadius * unit, fill);
            fill.Color = point.Label == PointLabel.Foreground ? ForegroundColor : BackgroundColor;
            canvas.DrawCircle(point.X, point.Y, 4.2f * unit, fill);
            canvas.DrawCircle(point.X, point.Y, 4.2f * unit, rim);
            var arm = 2.1f * unit;
            canvas.DrawLine(point.X - arm, point.Y, point.X + arm, point.Y, rim);
            if (point.Label == PointLabel.Foreground)
            {
                canvas.DrawLine(point.X, point.Y - arm, point.X, point.Y + arm, rim);
            }
        }
    }

    /// <summary>Writes the number of each mask, see <see cref="NumberPlates"/>.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="masks">The masks.</param>
    /// <param name="places">Which of them.</param>
    /// <param name="besidePoints">Whether the points of the prompts are drawn, which no number may cover.</param>
    /// <returns>How many numbers there was room for.</returns>
    public static int DrawNumbers(SKCanvas canvas, MaskSet masks, IEnumerable<int> places, bool besidePoints)
    {
        var size = masks.ImageSize;
        var height = Math.Max(SmallestDigit, (float)(Math.Max(size.Width, size.Height) / SidesPerDigit));
        var radius = PointRadius * MaskPainter.LineWidth(size);
        var marks = besidePoints
            ? masks.SelectMany(mask => mask.Points).Distinct().Select(point => new DrawnMark(point.X, point.Y, radius)).ToList()
            : [];
        var plates = NumberPlates.Find(VisibleMasks.Of(masks, places, marks), mask => PlateOf(mask, height));
        foreach (var plate in plates)
        {
            DrawLine(canvas, plate, height / 8);
        }

        foreach (var plate in plates)
        {
            DrawPlate(canvas, plate, height);
        }

        return plates.Count;
    }

    private static ImageSize PlateOf(int mask, float height) => new(
        (int)Math.Ceiling(StrokeText.Measure(Text(mask), height) + (2 * PlateMargin * height)), (int)Math.Ceiling(PlateHeight * height));

    private static void DrawLine(SKCanvas canvas, NumberPlate plate, float width)
    {
        if (plate.Anchor is not { } anchor)
        {
            return;
        }

        var end = plate.NearestTo(anchor);
        using var shade = Stroke(3 * width, ShadeColor);
        using var line = Stroke(1.2f * width, SKColors.White);
        using var dot = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Fill, Color = SKColors.White };
        canvas.DrawLine(anchor.X + 0.5f, anchor.Y + 0.5f, end.X + 0.5f, end.Y + 0.5f, shade);
        canvas.DrawCircle(anchor.X + 0.5f, anchor.Y + 0.5f, 2.6f * width, shade);
        canvas.DrawLine(anchor.X + 0.5f, anchor.Y + 0.5f, end.X + 0.5f, end.Y + 0.5f, line);
        canvas.DrawCircle(anchor.X + 0.5f, anchor.Y + 0.5f, 2.2f * width, dot);
    }

    private static void DrawPlate(SKCanvas canvas, NumberPlate plate, float height)
    {
        var width = Math.Max(1, height / 10);
        var (red, green, blue) = MaskPalette.Color(plate.Mask);
        using var fill = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Fill, Color = PlateColor };
        using var rim = Stroke(width, new SKColor(red, green, blue));
        var rect = SKRect.Create(plate.Left, plate.Top, plate.Size.Width, plate.Size.Height);
        rect.Inflate(-width / 2, -width / 2);
        canvas.DrawRoundRect(rect, height / 3, height / 3, fill);
        canvas.DrawRoundRect(rect, height / 3, height / 3, rim);
        var text = Text(plate.Mask);
        StrokeText.Draw(
            canvas, text, rect.MidX - (StrokeText.Measure(text, height) / 2), rect.MidY - (height / 2), height, SKColors.White);
    }

    private static string Text(int mask) => (mask + 1).ToString(CultureInfo.InvariantCulture);

    private static SKPaint Stroke(float width, SKColor color) =>
        new() { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = width, Color = color };
}
