using MaskGen.ML.Results;
using Microsoft.Playwright;

namespace MaskGen.ML.Tests.Results;

/// <summary>What tests of pages share: a folder, a browser window, and that no page may log an error or a warning.</summary>
public abstract class ReportPageTest(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>, IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly List<string> _errors = [];
    private readonly List<IBrowserContext> _contexts = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var context in _contexts)
        {
            await context.CloseAsync();
        }

        _folder.Dispose();
        GC.SuppressFinalize(this);
        Assert.Empty(_errors);
    }

    // Images to look at by eye, for whoever works on the pages: they go where this variable says.
    private protected static async Task Screenshot(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("MASKGEN_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
        }
    }

    private protected async Task<IPage> NewPage(ColorScheme scheme = ColorScheme.Light, bool touch = false)
    {
        var context = await chromium.Browser.NewContextAsync(new()
        {
            ColorScheme = scheme,
            ViewportSize = new() { Width = 1280, Height = 800 },
            HasTouch = touch,
            IsMobile = touch,
        });
        _contexts.Add(context);
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _errors.Add(message.Text);
            }
        };
        return page;
    }

    private protected async Task<IPage> OpenThreeDiscs()
    {
        var page = await NewPage();
        await Open(page, "discs.png", ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());
        return page;
    }

    private protected async Task Open(IPage page, string name, RgbImage image, MaskSet masks, string? index = null)
    {
        var path = _folder["page.html"];
        HtmlReport.Save(path, name, image, masks, new HtmlReportOptions { Model = "nano", IndexAddress = index });
        await page.GotoAsync(new Uri(path).AbsoluteUri);
    }
}
