using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

/// <summary>Drawings as a browser shows them.</summary>
public class SvgInBrowserTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    [Theory]
    [InlineData("ring")]
    [InlineData("diagonal")]
    [InlineData("border")]
    [InlineData("full")]
    [InlineData("many")]
    public async Task Drawing_InABrowser_HasThePixelsOfTheMasks(string name)
    {
        var masks = FormatCases.Masks(name);
        var browser = chromium.Browser;
        using var run = new FormatRun("svg");
        run.Write("a.png", masks);
        var (width, height) = (masks.ImageSize.Width, masks.ImageSize.Height);
        await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 100, Height = 100 } });
        var page = await context.NewPageAsync();

        await page.GotoAsync(new Uri(run["a.svg"]).AbsoluteUri);
        var shot = await page.ScreenshotAsync(new() { Clip = new() { X = 0, Y = 0, Width = width, Height = height } });

        using var bitmap = SKBitmap.Decode(shot);
        var labels = LabelMap.FromMasks(masks);
        for (var x = 0; x < width; x++)
        {
            for (var y = 0; y < height; y++)
            {
                var (red, green, blue) = labels[x, y] == 0 ? ((byte)255, (byte)255, (byte)255) : MaskPalette.Color(labels[x, y] - 1);
                Assert.Equal(new SKColor(red, green, blue), bitmap.GetPixel(x, y));
            }
        }
    }
}
