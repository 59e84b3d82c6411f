using MaskGen.ML.Tests;
using MaskGen.ML.Tests.Results;
using Microsoft.Playwright;
using static MaskGen.ML.Web.Tests.Page.SampleImages;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>Makes objects as a person does: clicks, boxes, candidates, undo.</summary>
public sealed class ClickingTests(ChromiumFixture chromium, DirectMasks direct) : WebPageTest(chromium), IClassFixture<DirectMasks>
{
    [Fact]
    public async Task Click_ThenEnter_SavesTheMaskOfTheDirectApi()
    {
        var page = await Open();
        await Expect(page.Locator("#invite")).ToHaveTextAsync("Click an object");

        await Click(page, Mug);
        await ExpectDraft(page, 3);
        await Expect(page.Locator("#invite")).ToBeHiddenAsync();
        await Expect(page.Locator("#latency")).ToContainTextAsync("ms");
        await Screenshot(page, "click");
        await page.Keyboard.PressAsync("Enter");

        var saved = await Saved(page, 1);
        AssertSame(direct.Three(Mug)[0], MaskOf(saved, 0));
        var made = saved.GetProperty("objects")[0];
        Assert.Equal("prompt", made.GetProperty("source").GetString());
        Assert.Equal([250, 300], Numbers(made.GetProperty("points")[0]));
        await Expect(page.Locator(".object .details")).ToContainTextAsync("IoU");
        await Expect(page.Locator("#images .state")).ToHaveTextAsync("1 object");
    }

    [Fact]
    public async Task Click_OnAnImageLargerThanItsPicture_SavesTheMaskAtFullSize()
    {
        var page = await Open(images: [Large]);
        Assert.Equal(2048, await page.EvaluateAsync<int>("() => document.getElementById('image').naturalWidth"));

        // Places of the picture; what is asked for are pixels of the image.
        await MakeObject(page, (Mug.X * 2048 / 960, Mug.Y * 2048 / 960));

        var saved = await Saved(page, 1, Large);
        var point = Numbers(saved.GetProperty("objects")[0].GetProperty("points")[0]).ToArray();
        Assert.InRange(point[0], (LargeScale * Mug.X) - 5, (LargeScale * Mug.X) + 5);
        using var photo = new TestFolder();
        SampleImages.Write(Large, photo[Large]);
        using var large = new DirectMasks(photo[Large]);
        AssertSame(large.Three((point[0], point[1]))[0], MaskOf(saved, 0));
    }

    [Theory]
    [InlineData("2", 1)]
    [InlineData("3", 2)]
    [InlineData("Tab", 1)]
    public async Task CandidateKeys_Pressed_ChooseAmongThree(string key, int place)
    {
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);

        await page.Keyboard.PressAsync(key);
        await Expect(page.Locator(".candidates button").Nth(place)).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Keyboard.PressAsync("Enter");

        AssertSame(direct.Three(Mug)[place], MaskOf(await Saved(page, 1), 0));
    }

    [Fact]
    public async Task RightClick_AfterAClick_ExcludesWithTheLogitsFedBack()
    {
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);

        await Click(page, Handle, MouseButton.Right);
        await ExpectDraft(page, 1);
        await Expect(page.Locator(".point.exclude")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Enter");

        var saved = await Saved(page, 1);
        AssertSame(direct.Refined(Mug, Handle, excludes: true), MaskOf(saved, 0));
        Assert.Equal([1, 0], Numbers(saved.GetProperty("objects")[0].GetProperty("pointLabels")));
    }

    [Fact]
    public async Task AltClick_AfterAClick_ExcludesToo()
    {
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);

        await Click(page, Handle, modifier: KeyboardModifier.Alt);

        await ExpectDraft(page, 1);
        await Expect(page.Locator(".point.exclude")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Clicks_FasterThanAnswers_BuildUponEachOther()
    {
        var page = await Open();

        // Both are given before the first is answered.
        await page.RouteAsync("**/segment", async route =>
        {
            await Expect(page.Locator(".point")).ToHaveCountAsync(2);
            await route.ContinueAsync();
        });
        await page.Keyboard.PressAsync("p");
        await Click(page, Mug);
        await Click(page, Handle);
        await ExpectDraft(page, 1);
        await page.Keyboard.PressAsync("Enter");

        AssertSame(direct.Refined(Mug, Handle, excludes: false), MaskOf(await Saved(page, 1), 0));
    }

    [Fact]
    public async Task Drag_OverAnObject_DrawsABoxWhoseCornersMove()
    {
        var page = await Open();

        await Drag(page, (130, 190), (300, 350));
        await ExpectDraft(page, 1);
        await Expect(page.Locator(".handle")).ToHaveCountAsync(4);
        await Drag(page, (300, 350), (312, 365));
        await Expect(page.Locator(".prompts .box.under")).ToHaveAttributeAsync("width", "182");
        await ExpectDraft(page, 1);
        await page.Keyboard.PressAsync("Enter");

        var saved = await Saved(page, 1);
        Assert.Equal([130, 190, 312, 365], Numbers(saved.GetProperty("objects")[0].GetProperty("box")));
        AssertSame(direct.OfBox(130, 190, 312, 365), MaskOf(saved, 0));
    }

    [Fact]
    public async Task ShiftClick_WhileAnObjectIsMade_BeginsANewOne()
    {
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);

        await Click(page, Cone, modifier: KeyboardModifier.Shift);
        await Expect(page.Locator("#count")).ToHaveTextAsync("1 object");
        await ExpectDraft(page, 3);
        await page.Keyboard.PressAsync("Enter");

        var saved = await Saved(page, 2);
        AssertSame(direct.Three(Mug)[0], MaskOf(saved, 0));
        AssertSame(direct.Three(Cone)[0], MaskOf(saved, 1));
    }

    [Fact]
    public async Task Undo_Repeated_GoesBackToTheBeginningAndForthAgain()
    {
        var page = await Open();
        await MakeObject(page, Mug);
        await MakeObject(page, Cone);
        await page.Locator(".object .pick").First.ClickAsync();
        await page.Locator("#viewport").FocusAsync();
        await page.Keyboard.PressAsync("Delete");
        await Saved(page, 1);

        await page.Keyboard.PressAsync("Control+z");
        await Saved(page, 2);
        await page.Keyboard.PressAsync("Control+z");
        await ExpectDraft(page, 3);
        await Saved(page, 1);
        for (var press = 0; press < 3; press++)
        {
            await page.Keyboard.PressAsync("Control+z");
        }

        await Saved(page, 0);
        await Expect(page.Locator("#undo")).ToBeDisabledAsync();

        for (var press = 0; press < 5; press++)
        {
            await page.Keyboard.PressAsync("Control+Shift+z");
        }

        AssertSame(direct.Three(Mug)[0], MaskOf(await Saved(page, 1), 0));
        await Expect(page.Locator("#redo")).ToBeDisabledAsync();
    }

    [Fact]
    public async Task Escape_WhileAnObjectIsMade_LeavesNothing()
    {
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);

        await page.Keyboard.PressAsync("Escape");

        await Expect(page.Locator("#detail [data-key=accept]")).ToHaveCountAsync(0);
        await Expect(page.Locator(".point")).ToHaveCountAsync(0);
        await Expect(page.Locator("#count")).ToHaveTextAsync("0 objects");
    }

    [Fact]
    public async Task Pointer_OverAnObject_ShowsADashedOutlineUntilItIsSwitchedOff()
    {
        const string GhostIsSeen = """
            () => {
              const copy = new OffscreenCanvas(640, 960).getContext("2d");
              copy.drawImage(document.getElementById("ghost"), 0, 0);
              return copy.getImageData(0, 0, 640, 960).data.some(value => value > 0);
            }
            """;
        var page = await Open();

        await PointAt(page, Mug);
        await page.WaitForFunctionAsync(GhostIsSeen);
        await Screenshot(page, "hover");

        await page.Keyboard.PressAsync("p");
        await Expect(page.Locator("#preview")).ToHaveAttributeAsync("aria-pressed", "false");
        Assert.False(await page.EvaluateAsync<bool>(GhostIsSeen));
        await Expect(page.Locator("#count")).ToHaveTextAsync("0 objects");
    }

    [Fact]
    public async Task Preview_ManyMoves_HasOneRequestOnItsWay()
    {
        var page = await Open();
        await page.EvaluateAsync("""
            () => {
              const send = window.fetch;
              window.sent = window.inFlight = window.most = 0;
              window.fetch = (address, request) => {
                if (!address.endsWith("/segment")) {
                  return send(address, request);
                }
                window.sent++;
                window.most = Math.max(window.most, ++window.inFlight);
                return send(address, request).finally(() => window.inFlight--);
              };
            }
            """);

        for (var step = 0; step < 40; step++)
        {
            await PointAt(page, (100 + (step * 10), 300));
        }

        await page.WaitForFunctionAsync("() => window.sent > 1 && window.inFlight === 0");
        Assert.Equal(1, await page.EvaluateAsync<int>("() => window.most"));
        Assert.InRange(await page.EvaluateAsync<int>("() => window.sent"), 2, 40);
    }

    [Fact]
    public async Task Wheel_OverAPlace_ZoomsToIt()
    {
        var page = await Open();
        await PointAt(page, Cone);
        var (x, y) = await OnScreen(page, Cone);

        await page.Mouse.WheelAsync(0, -400);
        await page.WaitForFunctionAsync("() => document.getElementById('frame').clientWidth > 2000");
        var (zoomedX, zoomedY) = await OnScreen(page, Cone);
        Assert.InRange(zoomedX, x - 3, x + 3);
        Assert.InRange(zoomedY, y - 3, y + 3);

        // The middle button and the space bar move the image.
        await page.Mouse.DownAsync(new() { Button = MouseButton.Middle });
        await page.Mouse.MoveAsync(x + 60, y + 40, new() { Steps = 3 });
        await page.Mouse.UpAsync(new() { Button = MouseButton.Middle });
        var (pannedX, _) = await OnScreen(page, Cone);
        Assert.InRange(pannedX, x + 55, x + 65);

        await page.Keyboard.PressAsync("0");
        var (fitX, fitY) = await OnScreen(page, Cone);
        Assert.InRange(fitX, x - 1, x + 1);
        Assert.InRange(fitY, y - 1, y + 1);
        await Expect(page.Locator(".point")).ToHaveCountAsync(0);

        await page.Mouse.WheelAsync(0, -400);
        await page.WaitForFunctionAsync("() => document.getElementById('frame').clientWidth > 2000");
        await page.Keyboard.DownAsync(" ");
        await Drag(page, Cone, (Cone.X - 20, Cone.Y));
        await page.Keyboard.UpAsync(" ");
        await Expect(page.Locator(".prompts .box")).ToHaveCountAsync(0);
        await Expect(page.Locator(".point")).ToHaveCountAsync(0);
    }

    private static void AssertSame(RunLengthEncoding expected, RunLengthEncoding actual)
    {
        Assert.Equal(expected.Size, actual.Size);
        Assert.Equal(CocoRle.Encode(expected), CocoRle.Encode(actual));
        Assert.True(actual.Area > 0);
    }
}
