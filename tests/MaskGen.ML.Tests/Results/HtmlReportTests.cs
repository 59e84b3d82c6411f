using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Tests.Results;

/// <summary>Opens pages from disk in a real browser and works them as a user would.</summary>
public sealed class HtmlReportTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>, IDisposable
{
    // Milliseconds of script until a page of 2,000 masks is open.
    private const double OpeningBudget = 2000;

    private static readonly ImageSize Size = new(120, 80);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("report");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Page_Opened_PaintsEveryMaskAsTheLabelMapHasThemAndAsksTheNetworkNothing()
    {
        var (image, masks) = ReportPages.StillLife();
        var requests = new List<string>();
        var page = await NewPage();
        page.Request += (_, request) => requests.Add(request.Url);

        await Open(page, "still life.png", image, masks);

        await Expect(page.Locator("#count")).ToHaveTextAsync($"{masks.Count} masks");
        var columns = await page.EvaluateAsync<int[]>("() => Array.from(stage.buffer.labels)");
        var map = LabelMap.FromMasks(masks);
        Assert.Equal(map.Labels.ToArray(), MaskGen.ML.Results.ColumnMajor.ToRows<int>(columns, image.Size).Select(label => (ushort)label));
        Assert.All(requests, request => Assert.Matches("^(file|data|blob):", request));
        Assert.Single(requests, request => request.StartsWith("file:", StringComparison.Ordinal));
        await Screenshot(page, "report-light");
    }

    [Fact]
    public async Task Pointer_OverAMask_LightsItUpAndLeavesAgain()
    {
        var page = await OpenThreeDiscs();

        await PointAt(page, 30, 40);

        await Expect(page.Locator("#tip")).ToContainTextAsync("IoU 0.900");
        await Expect(page.Locator(".mask.active .name")).ToHaveTextAsync("1");
        await Expect(page.Locator("#detail")).ToContainTextAsync("Mask 1");
        Assert.Equal(0, await VeilAt(page, 30, 40));
        Assert.NotEqual(0, await VeilAt(page, 100, 40));

        // The small disc lies on the large one.
        await PointAt(page, 70, 40);
        await Expect(page.Locator("#detail")).ToContainTextAsync("Mask 3");

        await page.Mouse.MoveAsync(2, 2);
        await Expect(page.Locator(".mask.active")).ToHaveCountAsync(0);
        await Expect(page.Locator("#tip")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Click_Again_PinsTheMaskBelow()
    {
        var page = await OpenThreeDiscs();

        await PointAt(page, 70, 40);
        await page.Mouse.DownAsync();
        await page.Mouse.UpAsync();
        await Expect(page.Locator(".mask[aria-selected=true] .name")).ToHaveTextAsync("3");

        await page.Mouse.DownAsync();
        await page.Mouse.UpAsync();
        await Expect(page.Locator(".mask[aria-selected=true] .name")).ToHaveTextAsync("2");
    }

    [Fact]
    public async Task Sliders_Moved_FilterListAndPictureLive()
    {
        var page = await OpenThreeDiscs();

        // By keyboard, as the slider is a real one.
        await page.Locator("#iou").FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator("#count")).ToHaveTextAsync("0 of 3 masks");
        await Expect(page.Locator(".empty")).ToBeVisibleAsync();

        await page.Locator("#iou").FillAsync("0.75");
        await Expect(page.Locator("#count")).ToHaveTextAsync("2 of 3 masks");
        await Expect(page.Locator("#iou-value")).ToHaveTextAsync("at least 0.75");
        Assert.Equal(2, await page.EvaluateAsync<int>("() => stage.topAt({ x: 70, y: 40 }).index + 1"));

        await page.Locator("#stability").FillAsync("0.9");
        await Expect(page.Locator("#count")).ToHaveTextAsync("1 of 3 masks");
        await Expect(page.Locator(".mask .name")).ToHaveTextAsync(["2"]);
        Assert.True(await page.EvaluateAsync<bool>("() => stage.topAt({ x: 30, y: 40 }) === null"));
    }

    [Theory]
    [InlineData("area", "2", "1", "3")]
    [InlineData("iou", "1", "2", "3")]
    [InlineData("stability", "2", "1", "3")]
    [InlineData("number", "1", "2", "3")]
    public async Task SortButtons_Pressed_OrderTheListAndTurnItRound(string key, params string[] order)
    {
        var page = await OpenThreeDiscs();
        var names = page.Locator(".mask .name");
        if (key != "iou")
        {
            // The list begins sorted by IoU.
            await page.Locator($"[data-sort={key}]").ClickAsync();
        }

        await Expect(names).ToHaveTextAsync(order);
        await Expect(page.Locator($"[data-sort={key}]")).ToHaveAttributeAsync("aria-pressed", "true");

        await page.Locator($"[data-sort={key}]").ClickAsync();
        await Expect(names).ToHaveTextAsync([.. order.Reverse()]);
    }

    [Fact]
    public async Task Keyboard_Alone_WalksPinsClearsAndHides()
    {
        var page = await OpenThreeDiscs();
        for (var presses = 0; presses < 30 && await page.EvaluateAsync<string>("() => document.activeElement.id") != "list"; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
        }

        await Expect(page.Locator("#list")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator(".mask[aria-selected=true] .name")).ToHaveTextAsync("1");
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator("#list")).ToHaveAttributeAsync("aria-activedescendant", "mask-2");
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator("#detail")).ToContainTextAsync("Mask 3");
        await page.Keyboard.PressAsync("h");
        await Expect(page.Locator("#overlay")).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("+");
        Assert.Equal(1.5, await page.EvaluateAsync<double>("() => stage.zoom"));
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".mask[aria-selected=true]")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Copy_Pressed_GivesTheShownMasksAsCoco()
    {
        var masks = ThreeDiscs();
        var page = await OpenThreeDiscs();
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.Locator("#iou").FillAsync("0.75");
        await Expect(page.Locator("#count")).ToHaveTextAsync("2 of 3 masks");

        await page.GetByText("Copy as COCO").ClickAsync();

        await Expect(page.Locator("#toast")).ToHaveTextAsync("Copied 2 masks as COCO");
        var reader = new CocoReader(System.Text.Encoding.UTF8.GetBytes(await page.EvaluateAsync<string>("() => navigator.clipboard.readText()")));
        Assert.Equal("discs.png", reader.Images[1].GetProperty("file_name").GetString());
        Assert.Equal([1, 2], reader.Annotations.Select(annotation => annotation.GetProperty("id").GetInt32()));
        foreach (var annotation in reader.Annotations)
        {
            var mask = masks[annotation.GetProperty("id").GetInt32() - 1];
            Assert.Equal(TestMask.Unpack(mask.Segmentation), reader.Pixels(annotation));
            Assert.Equal(mask.Area, annotation.GetProperty("area").GetInt64());
        }

        await page.Keyboard.PressAsync("Escape");
        await page.Locator("#list").PressAsync("Home");
        await page.Locator("#list").PressAsync("c");
        await Expect(page.Locator("#toast")).ToHaveTextAsync("Copied 1 mask as COCO");
    }

    [Fact]
    public async Task Download_Pressed_SavesTheSameDataSet()
    {
        var page = await OpenThreeDiscs();

        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator("#download").ClickAsync());

        Assert.Equal("discs.coco.json", download.SuggestedFilename);
        var reader = new CocoReader(await File.ReadAllBytesAsync(await download.PathAsync(), TestContext.Current.CancellationToken));
        Assert.Equal(3, reader.Annotations.Count);
    }

    [Fact]
    public async Task Page_Of2000Masks_OpensWithinTheBudgetOfScriptTime()
    {
        var (image, masks) = ReportPages.ManyDiscs(new ImageSize(1600, 1200), 2000);
        var page = await NewPage();
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("Performance.enable");

        await Open(page, "many.png", image, masks);
        await Expect(page.Locator(".mask").First).ToBeVisibleAsync();

        var metrics = (await session.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics").EnumerateArray()
            .ToDictionary(metric => metric.GetProperty("name").GetString()!, metric => metric.GetProperty("value").GetDouble() * 1000);
        var measured = await page.EvaluateAsync<double>("() => performance.getEntriesByName('maskgen-open')[0].duration");
        TestContext.Current.SendDiagnosticMessage($"2,000 masks: script {metrics["ScriptDuration"]:F0} ms, until open {measured:F0} ms.");
        Assert.InRange(metrics["ScriptDuration"], 0, OpeningBudget);
        Assert.InRange(measured, 0, OpeningBudget);
        await Expect(page.Locator("#count")).ToHaveTextAsync("2,000 masks");
        Assert.InRange(await page.Locator(".mask").CountAsync(), 5, 40);
        await Screenshot(page, "report-2000");
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Page_InEitherColourScheme_FollowsTheSystemAndTheButton(ColorScheme scheme)
    {
        var (image, masks) = ReportPages.Everything("breakfast", "meta-crops");
        var page = await NewPage(scheme);
        await Open(page, "breakfast.png", image, masks);

        var asSystem = await Brightness(page);
        Assert.True(scheme == ColorScheme.Dark ? asSystem < 60 : asSystem > 200);
        await page.Locator("#list").PressAsync("Home");
        await page.Locator("#list").PressAsync("ArrowDown");
        await Screenshot(page, $"report-pinned-{scheme}".ToLowerInvariant());

        await page.Locator("#theme").ClickAsync();
        Assert.True(await Brightness(page) > 200);
        await page.Locator("#theme").ClickAsync();
        Assert.True(await Brightness(page) < 60);
    }

    [Fact]
    public async Task Page_OnANarrowScreen_StacksWithoutScrollingSideways()
    {
        var (image, masks) = ReportPages.Everything("breakfast", "meta-crops");
        var page = await NewPage();
        await page.SetViewportSizeAsync(390, 844);

        await Open(page, "breakfast.png", image, masks);

        Assert.Equal(390, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        Assert.InRange(await page.EvaluateAsync<double>("() => stage.frame.clientWidth"), 300, 390);
        await Screenshot(page, "report-narrow");
    }

    [Fact]
    public async Task Page_NoMasks_SaysSo()
    {
        var page = await NewPage();

        await Open(page, "nothing.png", ReportPages.ManyDiscs(Size, 0).Image, new MaskSet(Size, []));

        await Expect(page.Locator("#count")).ToHaveTextAsync("0 masks");
        await Expect(page.Locator("#detail")).ToHaveTextAsync("There are no masks.");
    }

    [Fact]
    public async Task Page_NameWithMarkup_ShowsItAsText()
    {
        const string Name = "</script><b id=\"injected\">{{data}} & 'x'.png";
        var page = await NewPage();

        await Open(page, Name, ReportPages.ManyDiscs(Size, 0).Image, ThreeDiscs(), "index.html");

        await Expect(page.Locator("h1")).ToHaveTextAsync(Name);
        await Expect(page.Locator("#injected")).ToHaveCountAsync(0);
        await Expect(page.Locator("#count")).ToHaveTextAsync("3 masks");
        Assert.Equal(Name, await page.EvaluateAsync<string>("() => report.image"));
        await Expect(page.Locator("a.back")).ToHaveAttributeAsync("href", "index.html");
    }

    [Fact]
    public void Write_OtherSize_Throws() =>
        Assert.Throws<ArgumentException>(() => HtmlReport.Write(Stream.Null, "a.png", ReportPages.ManyDiscs(new ImageSize(5, 5), 0).Image, ThreeDiscs()));

    [Fact]
    public void Write_AnyPage_NamesNoOtherAddress()
    {
        using var stream = new MemoryStream();

        HtmlReport.Write(stream, "discs.png", ReportPages.ManyDiscs(Size, 0).Image, ThreeDiscs());

        var text = System.Text.Encoding.UTF8.GetString(stream.ToArray());
        Assert.DoesNotMatch(new Regex("https?://", RegexOptions.None), text);
        Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
        using var data = JsonDocument.Parse(Regex.Match(text, """id="data">(.*?)</script>""").Groups[1].Value);
        Assert.Equal(3, data.RootElement.GetProperty("masks").GetArrayLength());
    }

    // 1: a disc at the left; 2: a larger one at the right; 3: a small one on top of 2.
    private static MaskSet ThreeDiscs() => new(Size,
    [
        ReportPages.Record(ReportPages.Disc(Size, 30, 40, 15), 0.9f, 0.8f),
        ReportPages.Record(ReportPages.Disc(Size, 75, 40, 25), 0.8f, 0.95f),
        ReportPages.Record(ReportPages.Disc(Size, 70, 40, 8), 0.7f, float.NaN),
    ]);

    private static async Task PointAt(IPage page, int x, int y)
    {
        var box = (await page.Locator("#frame").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + ((x + 0.5f) / Size.Width * box.Width), box.Y + ((y + 0.5f) / Size.Height * box.Height));
    }

    // The opacity of the veil; the canvas has the picture's columns as rows.
    private static Task<int> VeilAt(IPage page, int x, int y) =>
        page.EvaluateAsync<int>($"() => stage.highlight.context.getImageData({y}, {x}, 1, 1).data[3]");

    private static Task<int> Brightness(IPage page) =>
        page.EvaluateAsync<int>("() => Math.max(...getComputedStyle(document.querySelector('aside')).backgroundColor.match(/\\d+/g).map(Number))");

    private static async Task Screenshot(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("MASKGEN_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
        }
    }

    private async Task<IPage> NewPage(ColorScheme scheme = ColorScheme.Light)
    {
        var context = await chromium.Browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = 1280, Height = 800 } });
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => Assert.Fail(error);
        return page;
    }

    private async Task<IPage> OpenThreeDiscs()
    {
        var page = await NewPage();
        await Open(page, "discs.png", ReportPages.ManyDiscs(Size, 0).Image, ThreeDiscs());
        return page;
    }

    private async Task Open(IPage page, string name, RgbImage image, MaskSet masks, string? index = null)
    {
        var path = Path.Combine(_folder.FullName, "page.html");
        HtmlReport.Save(path, name, image, masks, new HtmlReportOptions { Model = "nano", IndexAddress = index });
        await page.GotoAsync(new Uri(path).AbsoluteUri);
    }
}
