using Deque.AxeCore.Playwright;
using MaskGen.ML.Tests.Results;
using Microsoft.Playwright;
using static MaskGen.ML.Web.Tests.Page.SampleImages;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>Asks axe about the page in each of its states, light and dark, wide and narrow. What it asks of colours hangs on the scheme
/// alone, what it asks of places on the width alone, so that two of the four together are all.</summary>
public sealed class AccessibilityTests(ChromiumFixture chromium) : WebPageTest(chromium)
{
    [Theory]
    [InlineData(ColorScheme.Light, 1600)]
    [InlineData(ColorScheme.Dark, 400)]
    public async Task Axe_FindsNothing(ColorScheme scheme, int width)
    {
        var name = $"{scheme.ToString().ToLowerInvariant()}-{width}";
        var page = await Open(width, height: 900, scheme, images: [StillLife, Breakfast]);
        await Check(page, $"{name}-empty");

        await MakeObject(page, Mug);
        await page.Keyboard.PressAsync("l");
        await page.Keyboard.TypeAsync("mug");
        await page.Keyboard.PressAsync("Enter");
        await MakeObject(page, Egg);
        await Click(page, Cone);
        await ExpectDraft(page, 3);
        await Saved(page, 2);
        await Check(page, $"{name}-draft");

        await page.Keyboard.PressAsync("Enter");
        await Saved(page, 3);
        await page.Locator(".object .pick").First.ClickAsync();
        await Check(page, $"{name}-selected");

        await page.Locator("#export").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await Check(page, $"{name}-export");
        await page.Keyboard.PressAsync("Escape");
        await page.Locator("#help").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await Check(page, $"{name}-help");
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
    }

    private static async Task Check(IPage page, string name)
    {
        await Screenshot(page, name);
        var result = await page.RunAxe();
        Assert.Empty(result.Violations.Select(violation =>
            $"{name}: {violation.Id}: {violation.Help}: {string.Join("; ", violation.Nodes.Select(node => node.Html))}"));
    }
}
