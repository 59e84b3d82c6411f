using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Tests.Results;

/// <summary>Works a page as a user does: by pointer, by keyboard, through its controls and the clipboard.</summary>
public sealed class HtmlReportInteractionTests(ChromiumFixture chromium) : ReportPageTest(chromium)
{
    [Fact]
    public async Task Pointer_OverAMask_LightsItUpAndLeavesAgain()
    {
        var page = await OpenThreeDiscs();

        await PointAt(page, 30, 40);

        await Expect(page.Locator("#tip")).ToContainTextAsync("IoU 0.900");
        await Expect(page.Locator(".mask.active .name")).ToHaveTextAsync("1");
        await Expect(page.Locator("#detail")).ToContainTextAsync("Mask 1");
        var veil = await VeilInRow(page, 40);
        Assert.Equal(0, veil[30]);
        Assert.NotEqual(0, veil[100]);

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
        var masks = ReportPages.ThreeDiscs();
        var page = await OpenThreeDiscs();
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.Locator("#iou").FillAsync("0.75");
        await Expect(page.Locator("#count")).ToHaveTextAsync("2 of 3 masks");

        await page.GetByText("Copy all shown").ClickAsync();

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

    private static async Task PointAt(IPage page, int x, int y)
    {
        var box = (await page.Locator("#frame").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + ((x + 0.5f) / ReportPages.DiscsSize.Width * box.Width), box.Y + ((y + 0.5f) / ReportPages.DiscsSize.Height * box.Height));
    }

    // The opacity of the veil along one row of the picture; the canvas has the picture's columns as rows.
    private static Task<int[]> VeilInRow(IPage page, int y) =>
        page.EvaluateAsync<int[]>($"() => Array.from(stage.highlight.context.getImageData({y}, 0, 1, {ReportPages.DiscsSize.Width}).data).filter((_, i) => i % 4 === 3)");
}
