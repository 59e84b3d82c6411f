using System.Text.Json;
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
        Assert.Equal(2, await PaintedAt(page, 70, 40));

        await page.Locator("#stability").FillAsync("0.9");
        await Expect(page.Locator("#count")).ToHaveTextAsync("1 of 3 masks");
        await Expect(page.Locator(".mask .name")).ToHaveTextAsync(["2"]);
        Assert.Equal(0, await PaintedAt(page, 30, 40));
    }

    [Fact]
    public async Task Slider_OverThousandsOfMasks_MovesTheListAtOnceAndThePictureAfterIt()
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
        await page.Mouse.MoveAsync(box.X + ((x + 0.5f) / ReportPages.DiscsSize.Width * box.Width), box.Y + ((y + 0.5f) / ReportPages.DiscsSize.Height * box.Height));
    }

    // The opacity of the veil along one row of the picture; the canvas has the picture's columns as rows.
    private static Task<int[]> VeilInRow(IPage page, int y) =>
        page.EvaluateAsync<int[]>($"() => Array.from(stage.highlight.context.getImageData({y}, 0, 1, {ReportPages.DiscsSize.Width}).data).filter((_, i) => i % 4 === 3)");
}
