using System.Text.Json;
using MaskGen.ML.Tests;
using MaskGen.ML.Tests.Results;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>What tests of the page share: a server of their own, a browser window that is signed in, and that the page may log no error
/// or warning.</summary>
public abstract class WebPageTest(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>, IAsyncLifetime
{
    private const string FailedToLoad = "Failed to load resource";

    // Until a condition counts as not met: long, since a busy machine makes a browser slow, and nothing waits longer than it must.
    private const int Patience = 60_000;
    private readonly TestFolder _folder = new();
    private readonly List<string> _errors = [];
    private readonly List<IBrowserContext> _contexts = [];
    private PageServer? _server;

    private protected PageServer Server => _server!;

    /// <summary>Whether requests may fail, as they do while the server is away; the browser logs each.</summary>
    private protected bool RequestsMayFail { get; set; }

    public ValueTask InitializeAsync()
    {
        SetDefaultExpectTimeout(Patience);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        // The page first: it logs that the server goes.
        foreach (var context in _contexts)
        {
            await context.CloseAsync();
        }

        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
        GC.SuppressFinalize(this);
        Assert.DoesNotContain(_errors, error => !RequestsMayFail || !error.StartsWith(FailedToLoad, StringComparison.Ordinal));
    }

    // Images to look at by eye, for whoever works on the page: they go where this variable says.
    private protected static async Task Screenshot(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("MASKGEN_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
        }
    }

    /// <summary>A window with the page on it, its first image encoded.</summary>
    private protected async Task<IPage> Open(
        int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light, bool touch = false, string[]? images = null)
    {
        var context = await chromium.Browser.NewContextAsync(new()
        {
            ColorScheme = scheme,
            ViewportSize = new() { Width = width, Height = height },
            HasTouch = touch,
            IsMobile = touch,
        });
        _contexts.Add(context);
        _server ??= await PageServer.StartAsync(_folder.Path, images ?? [SampleImages.StillLife]);
        return await OpenTab(context);
    }

    /// <summary>One more tab of the same browser; one that hears nothing of others learns of their saving only when it saves
    /// itself.</summary>
    private protected async Task<IPage> OpenTab(IBrowserContext context, bool hearsOthers = true)
    {
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        if (!hearsOthers)
        {
            await page.RouteAsync("**/events", route => route.AbortAsync());
        }

        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _errors.Add(message.Text);
            }
        };
        await page.GotoAsync(Server.AddressWithToken);
        await WaitUntilEncoded(page);
        return page;
    }

    private protected static async Task WaitUntilEncoded(IPage page)
    {
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-ready", "true");
        await Expect(page.Locator("#encoding")).ToContainTextAsync("encoded");
        await page.WaitForFunctionAsync("() => document.getElementById('image').naturalWidth > 0");
    }

    /// <summary>Moves the pointer to a pixel of the still life.</summary>
    private protected static async Task PointAt(IPage page, (int X, int Y) pixel)
    {
        var (x, y) = await OnScreen(page, pixel);
        await page.Mouse.MoveAsync(x, y);
    }

    /// <summary>Clicks on a pixel of the open image.</summary>
    private protected static async Task Click(
        IPage page, (int X, int Y) pixel, MouseButton button = MouseButton.Left, KeyboardModifier? modifier = null)
    {
        var box = (await page.Locator("#frame").BoundingBoxAsync())!;
        var (x, y) = await OnScreen(page, pixel);
        await page.Locator("#frame").ClickAsync(new()
        {
            Position = new() { X = x - box.X, Y = y - box.Y },
            Button = button,
            Modifiers = modifier is { } held ? [held] : null,
        });
    }

    /// <summary>Drags from one pixel to another.</summary>
    private protected static async Task Drag(IPage page, (int X, int Y) from, (int X, int Y) to)
    {
        await PointAt(page, from);
        await page.Mouse.DownAsync();
        var (x, y) = await OnScreen(page, to);
        await page.Mouse.MoveAsync(x, y, new() { Steps = 6 });
        await page.Mouse.UpAsync();
    }

    // The middle of a pixel.
    private protected static async Task<(float X, float Y)> OnScreen(IPage page, (int X, int Y) pixel)
    {
        var place = await page.EvaluateAsync<float[]>("""
            ([x, y]) => {
              const frame = document.getElementById("frame").getBoundingClientRect();
              const { naturalWidth, naturalHeight } = document.getElementById("image");
              return [frame.left + (x + 0.5) / naturalWidth * frame.width, frame.top + (y + 0.5) / naturalHeight * frame.height];
            }
            """, new[] { pixel.X, pixel.Y });
        return (place[0], place[1]);
    }

    /// <summary>Waits until everything is saved, and reads the file of an image.</summary>
    private protected async Task<JsonElement> Saved(IPage page, int objects, string image = SampleImages.StillLife)
    {
        await Expect(page.Locator("#count")).ToHaveTextAsync(objects == 1 ? "1 object" : $"{objects} objects");
        await Expect(page.Locator("#saved")).ToHaveTextAsync("Saved");
        var path = Path.Combine(Server.Output, $"{Path.GetFileNameWithoutExtension(image)}.annotations.json");
        path = File.Exists(path) ? path : Path.Combine(Server.Output, $"{image}.annotations.json");
        var document = JsonDocument.Parse(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(objects, document.GetProperty("objects").GetArrayLength());
        return document;
    }

    private protected static IEnumerable<int> Numbers(JsonElement array) => array.EnumerateArray().Select(number => number.GetInt32());

    /// <summary>The mask of a saved object.</summary>
    private protected static RunLengthEncoding MaskOf(JsonElement saved, int place)
    {
        var segmentation = saved.GetProperty("objects")[place].GetProperty("segmentation");
        var size = segmentation.GetProperty("size");
        return CocoRle.Decode(new ImageSize(size[1].GetInt32(), size[0].GetInt32()), segmentation.GetProperty("counts").GetString()!);
    }

    /// <summary>Whether a mask holds a pixel.</summary>
    private protected static bool Holds(RunLengthEncoding mask, (int X, int Y) pixel) =>
        TestMask.Unpack(mask)[pixel.X, pixel.Y];

    /// <summary>Waits until there is a draft of so many candidates, and nothing is on its way.</summary>
    private protected static async Task ExpectDraft(IPage page, int candidates)
    {
        await Expect(page.Locator("#detail [data-key=accept]")).ToBeVisibleAsync();
        await Expect(page.Locator(".candidates button")).ToHaveCountAsync(candidates == 1 ? 0 : candidates);
        await Expect(page.Locator(".point.pending")).ToHaveCountAsync(0);
    }

    /// <summary>Makes an object by one click.</summary>
    private protected static async Task MakeObject(IPage page, (int X, int Y) pixel)
    {
        await Click(page, pixel);
        await ExpectDraft(page, 3);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#detail [data-key=accept]")).ToHaveCountAsync(0);
    }
}
