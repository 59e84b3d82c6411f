using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Tests.Results;

/// <summary>Works a page as a user does: by pointer, by keyboard, through its controls and the clipboard.</summary>
public sealed class HtmlReportInteractionTests(ChromiumFixture chromium) : ReportPageTest(chromium)
{
    // Whether the pinned mask's box lies within what is seen of the image, or, where it is larger, fills that.
    private const string IsInSight = """
        () => {
          const frame = stage.frame.getBoundingClientRect();
          const port = stage.viewport.getBoundingClientRect();
          const scale = frame.width / report.width;
          const [left, top, width, height] = state.pinned.bbox;
          const fits = (start, length, room) => (start >= -1 && start + length <= room + 1) || (start <= 13 && start + length >= room - 13);
          return fits(frame.left + left * scale - port.left, width * scale, port.width) && fits(frame.top + top * scale - port.top, height * scale, port.height);
        }
        """;

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
    public async Task Sliders_Moved_FilterListAndImageLive()
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
        await Expect(page.Locator("#iou")).ToHaveAttributeAsync("aria-valuetext", "at least 0.75");
        await Expect(page.Locator("#stability")).ToHaveAttributeAsync("aria-valuetext", "all");
        Assert.Equal(2, await PaintedAt(page, 70, 40));

        await page.Locator("#stability").FillAsync("0.9");
        await Expect(page.Locator("#count")).ToHaveTextAsync("1 of 3 masks");
        await Expect(page.Locator(".mask .name")).ToHaveTextAsync(["2"]);
        Assert.Equal(0, await PaintedAt(page, 30, 40));
    }

    [Fact]
    public async Task Slider_OverThousandsOfMasks_MovesTheListAtOnceAndTheImageAfterIt()
    {
        var (image, masks) = ReportPages.ManyDiscs(new ImageSize(400, 300), 2000);
        var page = await NewPage();
        await Open(page, "many.png", image, masks);

        // A clock that is past every slice's end allows one step of painting per frame, however fast the machine is.
        var behind = await page.EvaluateAsync<JsonElement>("""
            async () => {
              let time = 0;
              performance.now = () => time += 1000;
              for (const value of ["0.9", "0.6", "0.8"]) {
                const slider = document.getElementById("iou");
                slider.value = value;
                slider.dispatchEvent(new Event("input"));
                await new Promise(requestAnimationFrame);
              }
              const result = { count: document.getElementById("count").textContent, rows: list.masks.length, painted: stage.isPainted };
              delete performance.now;
              return result;
            }
            """);

        var shown = masks.Index().Where(mask => Math.Round(mask.Item.PredictedIou, 6) >= 0.8).Select(mask => mask.Index).ToArray();
        Assert.Equal($"{shown.Length:N0} of 2,000 masks", behind.GetProperty("count").GetString());
        Assert.Equal(shown.Length, behind.GetProperty("rows").GetInt32());
        Assert.False(behind.GetProperty("painted").GetBoolean());

        await page.WaitForFunctionAsync("() => stage.isPainted");
        Assert.True(await page.EvaluateAsync<bool>("""
            () => stage.buffer.labels.every((label, position) => {
              const top = stage.masksAt({ x: Math.floor(position / report.height), y: position % report.height }, state.visible)[0];
              return label === (top ? top.index + 1 : 0);
            })
            """));
    }

    [Fact]
    public async Task LitMask_UnderAnother_IsBareOfColors()
    {
        var page = await OpenThreeDiscs();
        Assert.NotEqual(0, await TintAt(page, 70, 40));

        await page.Locator(".mask:has(.name:text-is('2'))").ClickAsync();
        Assert.Equal(0, await TintAt(page, 70, 40));
        Assert.NotEqual(0, await TintAt(page, 30, 40));

        await page.Keyboard.PressAsync("Escape");
        await page.Mouse.MoveAsync(2, 2);
        await Expect(page.Locator(".mask.active")).ToHaveCountAsync(0);
        Assert.NotEqual(0, await TintAt(page, 70, 40));
    }

    [Fact]
    public async Task PinnedMask_UnderAnother_StaysLitWhileThePointerMovesWithinIt()
    {
        var page = await OpenThreeDiscs();

        await PointAt(page, 70, 40);
        await Expect(page.Locator("#tip")).ToContainTextAsync("1 of 2 here, click to pin it");
        await page.Mouse.DownAsync();
        await page.Mouse.UpAsync();
        await Expect(page.Locator("#tip")).ToContainTextAsync("1 of 2 here, click for the next");
        await page.Mouse.DownAsync();
        await page.Mouse.UpAsync();
        await Expect(page.Locator("#tip b")).ToHaveTextAsync("2");

        await PointAt(page, 71, 40);

        await Expect(page.Locator("#detail .name")).ToHaveTextAsync("Mask 2");
        await Expect(page.Locator(".mask.active .name")).ToHaveTextAsync("2");
        await Expect(page.Locator("#tip")).ToContainTextAsync("2 of 2 here, click for the next");
        await Expect(page.Locator("#tip b")).ToHaveTextAsync("2");
        await PointAt(page, 30, 40);
        await Expect(page.Locator("#detail .name")).ToHaveTextAsync("Mask 1");
    }

    [Fact]
    public async Task Pointer_RestingOnTheList_LeavesTheKeyboardItsMask()
    {
        var page = await OpenManyDiscs();
        var box = (await page.Locator("#list").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + 100, box.Y + (box.Height / 2));
        await page.Locator("#list").FocusAsync();

        for (var press = 0; press < 12; press++)
        {
            await page.Keyboard.PressAsync("ArrowDown");

            // Two frames, within which the browser tells the page what has scrolled beneath the pointer.
            await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
            Assert.True(await page.EvaluateAsync<bool>("() => (state.hovered ?? state.pinned) === state.pinned"));
        }

        await page.Mouse.MoveAsync(box.X + 101, box.Y + (box.Height / 2));
        Assert.False(await page.EvaluateAsync<bool>("() => (state.hovered ?? state.pinned) === state.pinned"));
    }

    [Fact]
    public async Task List_ScrolledAway_KeepsTheRowItNamesAndTheOrder()
    {
        var page = await OpenManyDiscs();
        await page.Locator("#list").PressAsync("Home");

        await page.EvaluateAsync("() => { list.list.scrollTop = 1500; list.list.dispatchEvent(new Event('scroll')); }");

        Assert.True(
            await page.EvaluateAsync<bool>("() => document.getElementById(list.list.getAttribute('aria-activedescendant')) !== null"));
        await page.EvaluateAsync("() => { list.list.scrollTop = 900; list.list.dispatchEvent(new Event('scroll')); }");
        var places = await page.EvaluateAsync<int[]>(
            "() => [...document.querySelectorAll('.mask')].map(row => Number(row.getAttribute('aria-posinset')))");
        Assert.Equal(places.Order(), places);
        Assert.Equal(1, places[0]);
    }

    [Fact]
    public async Task ZoomedImage_FollowsTheWalkAndMovesByKeyboard()
    {
        var (image, masks) = ReportPages.StillLife();
        var page = await NewPage();
        await Open(page, "still-life.png", image, masks);
        await page.Locator("#viewport").FocusAsync();
        for (var press = 0; press < 4; press++)
        {
            await page.Keyboard.PressAsync("+");
        }

        for (var press = 0; press < masks.Count; press++)
        {
            await page.Keyboard.PressAsync("ArrowDown");
            Assert.True(await page.EvaluateAsync<bool>(IsInSight));
        }

        await page.Locator("#list").PressAsync("Home");
        await page.Locator(".mask").Nth(4).ClickAsync();
        Assert.True(await page.EvaluateAsync<bool>(IsInSight));

        await page.EvaluateAsync("() => stage.viewport.scrollTo(200, 200)");
        var pinned = await page.Locator(".mask[aria-selected=true] .name").TextContentAsync();
        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await page.Keyboard.PressAsync("Shift+ArrowUp");
        Assert.True(await page.EvaluateAsync<bool>("() => stage.viewport.scrollLeft > 300 && stage.viewport.scrollTop < 150"));
        await Expect(page.Locator(".mask[aria-selected=true] .name")).ToHaveTextAsync(pinned!);
    }

    [Fact]
    public async Task Focus_StaysThroughCopyingAndRebuilding()
    {
        var page = await OpenThreeDiscs();
        await page.EvaluateAsync("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not for pages from disk')); }");
        await page.Locator("#list").PressAsync("Home");
        var button = page.Locator("#copy-one");
        await button.FocusAsync();

        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#toast")).ToHaveTextAsync("Copied 1 mask as COCO");
        await Expect(button).ToBeFocusedAsync();

        await PointAt(page, 75, 60);
        await Expect(page.Locator("#detail")).ToContainTextAsync("Mask 2");
        await Expect(button).ToHaveTextAsync("Copy mask 1");
        await Expect(button).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("Escape");
        await Expect(button).ToBeHiddenAsync();
        await Expect(page.Locator("#list")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Tip_OfAMaskThatIsFilteredAway_Goes()
    {
        var page = await OpenThreeDiscs();
        await PointAt(page, 30, 40);
        await Expect(page.Locator("#tip")).ToBeVisibleAsync();

        await page.Locator("#iou").FocusAsync();
        await page.Keyboard.PressAsync("End");

        await Expect(page.Locator("#tip")).ToBeHiddenAsync();
        await Expect(page.Locator(".empty")).ToHaveTextAsync("No mask passes the filters.");
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
        var reader = new CocoReader(
            System.Text.Encoding.UTF8.GetBytes(await page.EvaluateAsync<string>("() => navigator.clipboard.readText()")));
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

    private async Task<IPage> OpenManyDiscs()
    {
        var (image, masks) = ReportPages.ManyDiscs(new ImageSize(300, 200), 60);
        var page = await NewPage();
        await Open(page, "many.png", image, masks);
        return page;
    }

    // The number of the mask that is painted on top at a pixel, 0 for none.
    private static async Task<int> PaintedAt(IPage page, int x, int y)
    {
        await page.WaitForFunctionAsync("() => stage.isPainted");
        return await page.EvaluateAsync<int>($"() => stage.buffer.labels[{x} * report.height + {y}]");
    }

    // The opacity of the masks' colours at a pixel; read from a copy, since the browser warns of a canvas that is read often.
    private static Task<int> TintAt(IPage page, int x, int y) => page.EvaluateAsync<int>($$"""
        () => {
          const copy = new OffscreenCanvas(1, 1).getContext("2d");
          copy.drawImage(stage.overlay.canvas, {{-y}}, {{-x}});
          return copy.getImageData(0, 0, 1, 1).data[3];
        }
        """);

    private static async Task PointAt(IPage page, int x, int y)
    {
        var box = (await page.Locator("#frame").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + ((x + 0.5f) / ReportPages.DiscsSize.Width * box.Width), box.Y
            + ((y + 0.5f) / ReportPages.DiscsSize.Height * box.Height));
    }

    // The opacity of the veil along one row of the image; the canvas has the image's columns as rows.
    private static Task<int[]> VeilInRow(IPage page, int y) =>
        page.EvaluateAsync<int[]>($"() => Array.from(stage.highlight.context.getImageData({y}, 0, 1, {ReportPages.DiscsSize.Width}).data).filter((_, i) => i % 4 === 3)");
}
