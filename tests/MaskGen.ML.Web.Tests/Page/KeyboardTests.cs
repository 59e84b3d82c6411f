using System.Globalization;
using MaskGen.ML.Tests.Results;
using Microsoft.Playwright;
using static MaskGen.ML.Web.Tests.Page.SampleImages;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>Works the page without a mouse: by keyboard alone, and by touch.</summary>
public sealed class KeyboardTests(ChromiumFixture chromium, DirectMasks direct) : WebPageTest(chromium), IClassFixture<DirectMasks>
{
    [Fact]
    public async Task Keyboard_Alone_PlacesAPointAndAccepts()
    {
        var page = await Open();
        for (var presses = 0; presses < 30 && await page.EvaluateAsync<string>("() => document.activeElement.id") != "viewport"; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
        }

        await Expect(page.Locator("#viewport")).ToBeFocusedAsync();
        var place = await MoveCrosshair(page, Cone);
        await Expect(page.Locator("#live")).ToContainTextAsync($"{place.X}, {place.Y}");
        await page.Keyboard.PressAsync("Enter");
        await ExpectDraft(page, 3);
        await Expect(page.Locator("#live")).ToContainTextAsync("Candidate 1 of 3");
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.Locator(".candidates button").Nth(1)).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("#live")).ToContainTextAsync("accepted");
        Assert.Equal(CocoRle.Encode(direct.Three(Cone)[0]), CocoRle.Encode(MaskOf(await Saved(page, 1), 0)));

        // And out again, to the list, where arrows walk.
        await page.Keyboard.PressAsync("Shift+Tab");
        await Expect(page.Locator("#viewport")).Not.ToBeFocusedAsync();
    }

    [Fact]
    public async Task Crosshair_WithAlt_Excludes_AndCDrawsABox()
    {
        var page = await Open();
        await page.Locator("#viewport").FocusAsync();
        await MoveCrosshair(page, (130, 190));
        await page.Keyboard.PressAsync("c");
        await MoveCrosshair(page, (312, 365));
        await page.Keyboard.PressAsync("c");
        await ExpectDraft(page, 1);

        await MoveCrosshair(page, Handle);
        await page.Keyboard.PressAsync("Alt+Enter");
        await Expect(page.Locator(".point.exclude")).ToHaveCountAsync(1);
        await ExpectDraft(page, 1);
        await page.Keyboard.PressAsync("Enter");

        var saved = (await Saved(page, 1)).GetProperty("objects")[0];
        Assert.Equal([130, 190, 312, 365], Numbers(saved.GetProperty("box")));
        Assert.Equal([Handle.X, Handle.Y], Numbers(saved.GetProperty("points")[0]));
    }

    [Fact]
    public async Task List_Arrows_WalkAndDeleteRemoves()
    {
        var page = await Open();
        await MakeObject(page, Mug);
        await MakeObject(page, Cone);
        await Saved(page, 2);

        await page.Locator(".object .pick").First.FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator("[data-id=o1].chosen")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-id=o1] .pick")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Delete");

        var left = (await Saved(page, 1)).GetProperty("objects")[0];
        Assert.Equal("o2", left.GetProperty("id").GetString());
    }

    [Fact]
    public async Task QuestionMark_Pressed_ListsTheShortcuts()
    {
        var page = await Open();

        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Shortcuts");
        await Screenshot(page, "shortcuts");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Touch_TapAndLongPress_IncludeAndExclude()
    {
        var page = await Open(width: 400, height: 800, touch: true);
        var (x, y) = await OnScreen(page, Mug);
        await page.Touchscreen.TapAsync(x, y);
        await ExpectDraft(page, 3);
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));

        var (handleX, handleY) = await OnScreen(page, Handle);
        var fingers = await page.Context.NewCDPSessionAsync(page);
        await Touch(fingers, "touchStart", (handleX, handleY));
        await Expect(page.Locator(".point.exclude")).ToHaveCountAsync(1);
        await Touch(fingers, "touchEnd");
        await ExpectDraft(page, 1);
        await page.Locator("[data-key=accept]").TapAsync();

        Assert.Equal(
            CocoRle.Encode(direct.Refined(Mug, Handle, excludes: true)), CocoRle.Encode(MaskOf(await Saved(page, 1), 0)));
        await Screenshot(page, "touch");
    }

    [Fact]
    public async Task Touch_TwoFingers_ZoomWithoutClicking()
    {
        var page = await Open(width: 400, height: 800, touch: true);
        var before = await page.EvaluateAsync<double>("() => document.getElementById('frame').clientWidth");
        var (x, y) = await OnScreen(page, Mug);
        var fingers = await page.Context.NewCDPSessionAsync(page);

        await Touch(fingers, "touchStart", (x - 20, y), (x + 20, y));
        await Touch(fingers, "touchMove", (x - 40, y), (x + 40, y));
        await Touch(fingers, "touchMove", (x - 60, y), (x + 60, y));
        await Touch(fingers, "touchEnd");

        await page.WaitForFunctionAsync("before => document.getElementById('frame').clientWidth > 2.5 * before", before);
        await Expect(page.Locator(".point")).ToHaveCountAsync(0);
    }

    // Arrow keys, in large steps and then in small ones. Gives the place, which the page says.
    private static async Task<(int X, int Y)> MoveCrosshair(IPage page, (int X, int Y) target)
    {
        await page.Keyboard.PressAsync("ArrowRight");
        for (var presses = 0; presses < 400; presses++)
        {
            var said = (await page.Locator("#live").TextContentAsync())!.Split(", ").Take(2).Select(Number).ToArray();
            var (x, y) = (said[0], said[1]);
            if ((x, y) == target)
            {
                break;
            }

            var (away, key) = x != target.X
                ? (Math.Abs(x - target.X), x < target.X ? "ArrowRight" : "ArrowLeft")
                : (Math.Abs(y - target.Y), y < target.Y ? "ArrowDown" : "ArrowUp");
            await page.Keyboard.PressAsync(away > 20 ? key : $"Shift+{key}");
        }

        return target;

        static int Number(string text) => int.Parse(text.Trim(), CultureInfo.InvariantCulture);
    }

    private static Task Touch(ICDPSession fingers, string type, params (float X, float Y)[] places) =>
        fingers.SendAsync("Input.dispatchTouchEvent", new Dictionary<string, object>
        {
            ["type"] = type,
            ["touchPoints"] = places.Select((place, id) => new { x = place.X, y = place.Y, id }).ToArray(),
        });
}
