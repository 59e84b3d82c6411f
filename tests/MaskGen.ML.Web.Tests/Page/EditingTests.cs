using System.Globalization;
using MaskGen.ML.Tests.Results;
using Microsoft.Playwright;
using static MaskGen.ML.Web.Tests.Page.SampleImages;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>Changes objects that are there: brush, eraser, merging, cutting, labels, everything at once.</summary>
public sealed class EditingTests(ChromiumFixture chromium) : WebPageTest(chromium)
{
    // Of the brush at first, for an image as long as the still life.
    private const int Radius = 12;

    [Fact]
    public async Task Brush_OnATableWithNothing_BeginsAnObjectThatTheEraserCutsInto()
    {
        var page = await Open();
        await page.Keyboard.PressAsync("b");
        await Expect(page.Locator("#tool-brush")).ToHaveAttributeAsync("aria-pressed", "true");

        await Drag(page, (300, 560), (400, 560));
        var painted = MaskOf(await Saved(page, 1), 0);
        Assert.True(Holds(painted, (300, 560)) && Holds(painted, (350, 560)) && Holds(painted, (400, 560)));
        Assert.False(Holds(painted, (350, 600)));

        // A stroke of radius r over a length l holds the pixels of a rectangle and of two half discs.
        const double Expected = (2 * Radius * 100) + (Math.PI * Radius * Radius);
        Assert.InRange(painted.Area, 0.9 * Expected, 1.1 * Expected);

        await page.Keyboard.PressAsync("e");
        await Drag(page, (350, 540), (350, 580));
        await Expect(page.Locator("#live")).ToContainTextAsync("Erased");
        var erased = MaskOf(await Saved(page, 1), 0);
        Assert.False(Holds(erased, (350, 560)));
        Assert.True(Holds(erased, (310, 560)) && Holds(erased, (390, 560)));

        await page.Keyboard.PressAsync("Control+z");
        await Expect(page.Locator("#redo")).ToBeEnabledAsync();
        Assert.Equal(CocoRle.Encode(painted), CocoRle.Encode(MaskOf(await Saved(page, 1), 0)));
    }

    [Fact]
    public async Task BrushKeys_Pressed_ChangeTheRadius()
    {
        var page = await Open();
        await page.Keyboard.PressAsync("b");
        await PointAt(page, Table);
        var circle = page.Locator(".brush .over");
        await Expect(circle).ToHaveAttributeAsync("r", "12");

        await page.Keyboard.PressAsync("]");
        await Expect(circle).ToHaveAttributeAsync("r", "15");
        await page.Keyboard.PressAsync("[");
        await page.Keyboard.PressAsync("[");
        await Expect(circle).ToHaveAttributeAsync("r", "9");
        await Click(page, Table);

        var mask = MaskOf(await Saved(page, 1), 0);
        Assert.InRange(mask.Area, Math.PI * 81 * 0.9, Math.PI * 81 * 1.1);
    }

    [Fact]
    public async Task Merge_OfTwoObjects_IsTheirUnion()
    {
        var page = await Open();
        await MakeObject(page, Mug);
        await MakeObject(page, Cone);
        var before = await Saved(page, 2);
        var (mug, cone) = (MaskOf(before, 0), MaskOf(before, 1));

        await Click(page, Mug, modifier: KeyboardModifier.Control);
        await Click(page, Cone, modifier: KeyboardModifier.Control);
        await Expect(page.Locator(".object.chosen")).ToHaveCountAsync(2);
        await page.Keyboard.PressAsync("m");

        var merged = MaskOf(await Saved(page, 1), 0);
        Assert.Equal(Pixels(mug).Union(Pixels(cone)).Count(), merged.Area);
        Assert.Empty(Pixels(merged).Except(Pixels(mug)).Except(Pixels(cone)));
    }

    [Fact]
    public async Task Subtract_WhileAnotherIsMade_CutsItOut()
    {
        var page = await Open();
        await Drag(page, (20, 150), (400, 430));
        await ExpectDraft(page, 1);
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("b");
        var before = MaskOf(await Saved(page, 1), 0);
        await page.Keyboard.PressAsync("v");
        await Click(page, Mug, modifier: KeyboardModifier.Control);
        if (await page.Locator(".object.chosen").CountAsync() == 0)
        {
            await page.Locator(".object .pick").ClickAsync();
        }

        await Click(page, Egg);
        await ExpectDraft(page, 3);
        await page.Keyboard.PressAsync("s");

        await Expect(page.Locator("#live")).ToContainTextAsync("Cut out of");
        var after = MaskOf(await Saved(page, 1), 0);
        Assert.False(Holds(after, Egg));
        Assert.Empty(Pixels(after).Except(Pixels(before)));
    }

    [Fact]
    public async Task FillHoles_AfterTheEraserMadeOne_FillsIt()
    {
        var page = await Open();
        await MakeObject(page, Cone);
        var whole = MaskOf(await Saved(page, 1), 0);
        await page.Locator(".object .pick").ClickAsync();
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.PressAsync("[");
        await page.Keyboard.PressAsync("[");
        await page.Keyboard.PressAsync("[");
        await page.Keyboard.PressAsync("[");
        await Click(page, Cone);
        await Expect(page.Locator("#live")).ToContainTextAsync("Erased");
        Assert.False(Holds(MaskOf(await Saved(page, 1), 0), Cone));

        await page.Keyboard.PressAsync("f");

        await Expect(page.Locator("#live")).ToContainTextAsync("Holes filled");
        var filled = MaskOf(await Saved(page, 1), 0);
        Assert.True(Holds(filled, Cone));
        Assert.True(filled.Area >= whole.Area);
    }

    [Fact]
    public async Task Labels_TypedAndByDigit_AreSavedWithTheirObjects()
    {
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);
        await page.Keyboard.PressAsync("l");
        await Expect(page.Locator("#label-input")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("mug");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#detail .who")).ToContainTextAsync("mug");
        await page.Keyboard.PressAsync("Enter");
        await Saved(page, 1);

        // The next object has the same label until another one is chosen.
        await Click(page, Cone);
        await ExpectDraft(page, 3);
        await page.Keyboard.PressAsync("l");
        await page.Keyboard.TypeAsync("cone");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Enter");
        var saved = await Saved(page, 2);
        Assert.Equal(["mug", "cone"], saved.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!));
        Assert.Equal(["mug", "cone"], saved.GetProperty("objects").EnumerateArray().Select(made => made.GetProperty("label").GetString()!));

        // A digit gives the selected object a label; candidates are not in the way.
        await page.Locator(".object .pick").First.ClickAsync();
        await page.Keyboard.PressAsync("1");
        await Expect(page.Locator(".object .name")).ToHaveTextAsync(["mug", "mug"]);
        saved = await Saved(page, 2);
        Assert.Equal("mug", saved.GetProperty("objects")[1].GetProperty("label").GetString());
        await Screenshot(page, "labels");
    }

    [Fact]
    public async Task Everything_Sliders_FilterWithoutAskingAgain()
    {
        var page = await Open(images: [Breakfast]);
        var asked = 0;
        page.Request += (_, request) => asked += request.Url.EndsWith("/everything", StringComparison.Ordinal) ? 1 : 0;

        await page.Keyboard.PressAsync("g");
        await Expect(page.Locator("#found-status")).ToContainTextAsync("shown", new() { Timeout = 120_000 });
        var count = await Shown();
        Assert.True(count > 0);
        await Screenshot(page, "everything");
        await page.Locator("#iou").FillAsync("0.5");
        await page.Locator("#stability").FillAsync("0.6");
        await Expect(page.Locator("#found-status")).Not.ToHaveTextAsync($"{count} of");
        var all = await Shown();
        Assert.True(all >= count);
        await page.Locator("#iou").FillAsync("1");
        await Expect(page.Locator("#found-add")).ToBeDisabledAsync();
        await page.Locator("#iou").FillAsync("0.5");
        Assert.Equal(all, await Shown());
        Assert.Equal(1, asked);

        await page.Locator("#found-add").ClickAsync();
        await Expect(page.Locator("#found")).ToBeHiddenAsync();
        var saved = await Saved(page, all, Breakfast);
        Assert.All(
            saved.GetProperty("objects").EnumerateArray(), made => Assert.Equal("everything", made.GetProperty("source").GetString()));
        await page.Keyboard.PressAsync("Control+z");
        await Expect(page.Locator("#count")).ToHaveTextAsync("0 objects");

        async Task<int> Shown() =>
            int.Parse((await page.Locator("#found-status").TextContentAsync())!.Split(' ')[0], CultureInfo.InvariantCulture);
    }

    // Also the picture of docs/serve.md, which build/docs-images.sh takes from here.
    [Fact]
    public async Task Objects_OfAWholeImage_AreListedWithLabelAndScore()
    {
        var page = await Open(width: 1440, height: 860, images: [StillLife, Breakfast]);
        await MakeLabelled("mug", Mug);
        await MakeLabelled("egg", Egg);
        await Drag(page, (715, 180), (835, 320));
        await ExpectDraft(page, 1);
        await MakeLabelled("egg", null);
        await Saved(page, 3);
        await Expect(page.Locator(".object .name")).ToHaveTextAsync(["egg", "egg", "mug"]);
        await Expect(page.Locator(".object .details").First).ToContainTextAsync("IoU");

        // The next object has the label of the one before until it gets its own.
        await Click(page, Cone);
        await ExpectDraft(page, 3);
        await Expect(page.Locator("#detail .who")).ToContainTextAsync("egg");
        await page.Keyboard.PressAsync("l");
        await page.Keyboard.TypeAsync("cone");
        await page.Keyboard.PressAsync("Enter");
        await Click(page, Box, MouseButton.Right);
        await ExpectDraft(page, 1);
        await Expect(page.Locator("#detail .who")).ToContainTextAsync("cone");
        await page.Mouse.MoveAsync(2, 2);
        await Expect(page.Locator("#toast.on")).ToHaveCountAsync(0);
        await Screenshot(page, "serve");

        async Task MakeLabelled(string label, (int X, int Y)? pixel)
        {
            if (pixel is { } place)
            {
                await Click(page, place);
                await ExpectDraft(page, 3);
            }

            await page.Keyboard.PressAsync("l");
            await page.Keyboard.TypeAsync(label);
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.Locator("#detail .who")).ToContainTextAsync(label);
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.Locator("#detail [data-key=accept]")).ToHaveCountAsync(0);
        }
    }

    [Fact]
    public async Task Refine_OfAnAcceptedObject_TakesItsPromptsUpAgain()
    {
        var page = await Open();
        await MakeObject(page, Mug);
        var before = await Saved(page, 1);
        await page.Locator(".object .pick").ClickAsync();

        await page.Keyboard.PressAsync("r");
        await ExpectDraft(page, 3);
        await Click(page, Handle, MouseButton.Right);
        await ExpectDraft(page, 1);
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("#live")).ToContainTextAsync("accepted");
        var after = await Saved(page, 1);
        var (old, made) = (before.GetProperty("objects")[0], after.GetProperty("objects")[0]);
        Assert.Equal(old.GetProperty("id").GetString(), made.GetProperty("id").GetString());
        Assert.Equal(2, made.GetProperty("points").GetArrayLength());
        Assert.NotEqual(CocoRle.Encode(MaskOf(before, 0)), CocoRle.Encode(MaskOf(after, 0)));
    }

    [Fact]
    public async Task Visibility_SwitchedOff_IsSavedAndSeen()
    {
        var page = await Open();
        await MakeObject(page, Mug);
        await Saved(page, 1);

        await page.Locator(".object .eye").ClickAsync();
        await Expect(page.Locator(".object .eye")).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.False((await Saved(page, 1)).GetProperty("objects")[0].GetProperty("visible").GetBoolean());

        await page.Locator("#show-all").ClickAsync();
        await Expect(page.Locator(".object .eye")).ToHaveAttributeAsync("aria-pressed", "false");
        Assert.True((await Saved(page, 1)).GetProperty("objects")[0].GetProperty("visible").GetBoolean());
    }

    private static IEnumerable<(int X, int Y)> Pixels(RunLengthEncoding mask) => TestMask.Positions(TestMask.Unpack(mask));
}
