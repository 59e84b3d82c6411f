using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Panels side by side on one sheet, each with its caption below.</summary>
internal sealed class OverlaySheet
{
    // What is wider than this many heights is laid under each other.
    private const int WidestInARow = 2;

    // With more, panels take two rows.
    private const int MostInARow = 3;

    // Of the longer side of a panel.
    private const float SidesPerCapital = 58;
    private const float SmallestCapital = 8;

    // In heights of a capital.
    private const float CaptionHeight = 2.8f;
    private const float Gap = 1.2f;
    private const float Frame = 0.35f;

    private static readonly SKColor Ground = new(0x16, 0x18, 0x1D);
    private static readonly SKColor Ink = new(0xF2, 0xF3, 0xF5);

    private readonly ImageSize _panel;
    private readonly IReadOnlyList<PanelCaption> _captions;
    private readonly float _capital;
    private readonly float _cellWidth;
    private readonly float _cellHeight;
    private readonly int _columns;

    /// <param name="panel">Size of each panel.</param>
    /// <param name="captions">One for each.</param>
    public OverlaySheet(ImageSize panel, IReadOnlyList<PanelCaption> captions)
    {
        (_panel, _captions) = (panel, captions);
        _capital = Math.Max(SmallestCapital, Math.Max(panel.Width, panel.Height) / SidesPerCapital);
        _columns = panel.Width > WidestInARow * panel.Height
            ? 1
            : captions.Count <= MostInARow ? captions.Count : (captions.Count + 1) / 2;
        _cellWidth = Math.Max(panel.Width, captions.Max(CaptionWidth));
        _cellHeight = panel.Height + (HasCaptions ? CaptionHeight * _capital : 0);
        var rows = (captions.Count + _columns - 1) / _columns;
        Size = new ImageSize(
            (int)Math.Ceiling((_columns * (_cellWidth + GapWidth)) + GapWidth),
            (int)Math.Ceiling((rows * (_cellHeight + GapWidth)) + (HasCaptions ? GapWidth / 2 : GapWidth)));
    }

    /// <summary>Size of the sheet, in pixels.</summary>
    public ImageSize Size { get; }

    private bool HasCaptions => _captions.Any(caption => caption.Text.Length > 0);

    private float GapWidth => Gap * _capital;

    /// <summary>Lays the panels out; the caller disposes the sheet.</summary>
    /// <param name="panel">Makes a panel, by its place; it is disposed.</param>
    public SKBitmap Compose(Func<int, SKBitmap> panel)
    {
        var sheet = RgbaBitmap.Create(Size, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(sheet);
        canvas.Clear(Ground);
        for (var place = 0; place < _captions.Count; place++)
        {
            var left = GapWidth + (place % _columns * (_cellWidth + GapWidth)) + ((_cellWidth - _panel.Width) / 2);
            var top = GapWidth + (place / _columns * (_cellHeight + GapWidth));
            var (x, y) = (MathF.Round(left), MathF.Round(top));
            using (var bitmap = panel(place))
            {
                canvas.DrawBitmap(bitmap, x, y);
            }

            if (_captions[place].IsBest)
            {
                var frame = Frame * _capital;
                using var line = new SKPaint { Style = SKPaintStyle.Stroke, StrokeWidth = frame, Color = SKColors.White };
                canvas.DrawRect(x - (frame / 2), y - (frame / 2), _panel.Width + frame, _panel.Height + frame, line);
            }

            DrawCaption(canvas, _captions[place], x + (_panel.Width / 2f), y + _panel.Height + (0.95f * _capital));
        }

        return sheet;
    }

    // Swatch, text, and what marks the best one, in a line with its middle below that of the panel.
    private void DrawCaption(SKCanvas canvas, PanelCaption caption, float middle, float top)
    {
        var left = middle - (CaptionWidth(caption) / 2);
        if (caption.Mask is { } mask)
        {
            var (red, green, blue) = MaskPalette.Color(mask);
            using var swatch = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Fill, Color = new SKColor(red, green, blue) };
            canvas.DrawRoundRect(left, top, _capital, _capital, _capital / 4, _capital / 4, swatch);
            left += 1.6f * _capital;
        }

        StrokeText.Draw(canvas, caption.Text, left, top, _capital, Ink);
        if (caption.HasBadge)
        {
            left += StrokeText.Measure(caption.Text, _capital) + _capital;
            using var badge = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Fill, Color = Ink };
            var width = StrokeText.Measure(PanelCaption.Best, _capital) + (1.2f * _capital);
            canvas.DrawRoundRect(left, top - (0.5f * _capital), width, 2 * _capital, _capital / 2, _capital / 2, badge);
            StrokeText.Draw(canvas, PanelCaption.Best, left + (0.6f * _capital), top, _capital, Ground);
        }
    }

    private float CaptionWidth(PanelCaption caption) =>
        (caption.Mask is null ? 0 : 1.6f * _capital)
        + StrokeText.Measure(caption.Text, _capital)
        + (caption.HasBadge ? StrokeText.Measure(PanelCaption.Best, _capital) + (2.2f * _capital) : 0);
}
