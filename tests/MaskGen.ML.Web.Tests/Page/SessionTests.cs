using System.IO.Compression;
using System.Text.Json;
using MaskGen.ML.Tests.Results;
using Microsoft.Playwright;
using static MaskGen.ML.Web.Tests.Page.SampleImages;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>What becomes of work: saved after every edit, kept when the server goes, never written over, exported.</summary>
public sealed class SessionTests(ChromiumFixture chromium, DirectMasks direct) : WebPageTest(chromium), IClassFixture<DirectMasks>
{
    [Fact]
    public async Task Reload_InTheMiddleOfAnObject_LosesNoClick()
    {
        var page = await Open();
        await MakeObject(page, Mug);
        await Click(page, Cone);
        await ExpectDraft(page, 3);
        await page.Keyboard.PressAsync("2");

        await page.ReloadAsync();
        await ExpectSecondCandidate(page);
        await page.Keyboard.PressAsync("Enter");

        var saved = await Saved(page, 2);
        AssertSame(direct.Three(Mug)[0], MaskOf(saved, 0));
        AssertSame(direct.Three(Cone)[1], MaskOf(saved, 1));
    }

    // A browser's database writes some time after it was asked to; a reload before that must find the edit all the same.
    [Fact]
    public async Task Reload_BeforeTheDatabaseHasWritten_FindsTheLastEdit()
    {
        var page = await Open();
        await Click(page, Cone);
        await ExpectDraft(page, 3);
        await LetTheDatabaseWriteNothing(page);
        await page.Keyboard.PressAsync("2");

        await page.ReloadAsync();
        await ExpectSecondCandidate(page);
        await page.ReloadAsync();
        await ExpectSecondCandidate(page);
    }

    [Fact]
    public async Task Reload_BeforeTheDatabaseHasForgotten_BringsNoAcceptedDraftBack()
    {
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);
        await LetTheDatabaseWriteNothing(page);
        await page.Keyboard.PressAsync("Enter");
        await Saved(page, 1);

        await page.ReloadAsync();

        await WaitUntilEncoded(page);
        await Expect(page.Locator("#count")).ToHaveTextAsync("1 object");
        await Expect(page.Locator("#detail [data-key=accept]")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Server_GoneAndBack_GetsEveryClickAndEdit()
    {
        RequestsMayFail = true;
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);
        await Server.StopAsync();

        // One edit that is only saved later, and one click that is only answered later.
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#count")).ToHaveTextAsync("1 object");
        await Click(page, Cone);
        await Expect(page.Locator("#banner")).ToContainTextAsync("kept in this browser");
        await Expect(page.Locator("#saved")).ToHaveTextAsync("Kept in this browser");
        await Expect(page.Locator(".point.pending")).ToHaveCountAsync(1);
        await Screenshot(page, "lost");
        await Server.StartAsync();

        await Expect(page.Locator("#banner")).ToBeHiddenAsync(new() { Timeout = 30_000 });
        await ExpectDraft(page, 3);
        await page.Keyboard.PressAsync("Enter");
        var saved = await Saved(page, 2);
        AssertSame(direct.Three(Mug)[0], MaskOf(saved, 0));
        AssertSame(direct.Three(Cone)[0], MaskOf(saved, 1));
    }

    [Fact]
    public async Task Server_GoneDuringAnEdit_FindsItAfterAReload()
    {
        RequestsMayFail = true;
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);
        await Server.StopAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#saved")).ToHaveTextAsync("Kept in this browser");
        await Server.StartAsync();

        await page.ReloadAsync();
        await WaitUntilEncoded(page);

        AssertSame(direct.Three(Mug)[0], MaskOf(await Saved(page, 1), 0));
    }

    [Fact]
    public async Task Save_WhoseAnswerIsLost_IsNoConflictWithItself()
    {
        RequestsMayFail = true;
        var page = await Open();
        var lost = 0;
        await page.RouteAsync("**/annotations", async route =>
        {
            if (route.Request.Method == "PUT" && lost++ == 0)
            {
                await route.FetchAsync();
                await route.AbortAsync();
            }
            else
            {
                await route.ContinueAsync();
            }
        });

        await MakeObject(page, Mug);

        AssertSame(direct.Three(Mug)[0], MaskOf(await Saved(page, 1), 0));
        await Expect(page.GetByRole(AriaRole.Alertdialog)).ToHaveCountAsync(0);
        Assert.True(lost > 1);
        await MakeObject(page, Cone);
        await Saved(page, 2);
    }

    [Fact]
    public async Task Server_GoneAndTheTabClosed_AnotherTabFindsTheEdit()
    {
        RequestsMayFail = true;
        var page = await Open();
        await Click(page, Mug);
        await ExpectDraft(page, 3);
        await Server.StopAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#saved")).ToHaveTextAsync("Kept in this browser");
        await WaitUntilKept(page, "record => record.isDirty");
        await page.CloseAsync();
        await Server.StartAsync();

        var other = await OpenTab(page.Context);

        AssertSame(direct.Three(Mug)[0], MaskOf(await Saved(other, 1), 0));
    }

    [Theory]
    [InlineData("theirs", 1)]
    [InlineData("copy", 1)]
    [InlineData("both", 2)]
    public async Task TwoTabs_BothEdit_TheSecondIsAsked(string choice, int objects)
    {
        RequestsMayFail = true;
        var first = await Open();
        var second = await OpenTab(first.Context, hearsOthers: false);
        await MakeObject(first, Mug);
        await Saved(first, 1);
        await MakeObject(second, Cone);

        var dialog = second.GetByRole(AriaRole.Alertdialog);
        await Expect(dialog).ToContainTextAsync("Changed elsewhere");
        await Screenshot(second, "conflict");
        AssertSame(direct.Three(Mug)[0], MaskOf(await Saved(first, 1), 0));
        if (choice == "copy")
        {
            var download = await second.RunAndWaitForDownloadAsync(() => dialog.Locator("[value=copy]").ClickAsync());
            Assert.Equal("still-life.png.mine.annotations.json", download.SuggestedFilename);
            var copy = JsonDocument.Parse(await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken));
            AssertSame(direct.Three(Cone)[0], MaskOf(copy.RootElement, 0));
        }
        else
        {
            await dialog.Locator($"[value={choice}]").ClickAsync();
        }

        await Expect(dialog).ToHaveCountAsync(0);
        var saved = await Saved(second, objects);
        AssertSame(direct.Three(Mug)[0], MaskOf(saved, 0));
        if (choice == "both")
        {
            AssertSame(direct.Three(Cone)[0], MaskOf(saved, 1));
        }
        else if (choice == "theirs")
        {
            // Nothing is lost: undo has it.
            await second.Keyboard.PressAsync("Control+z");
            AssertSame(direct.Three(Cone)[0], MaskOf(await Saved(second, 1), 0));
        }
    }

    [Fact]
    public async Task TwoTabs_OneEdits_TheOtherShowsIt()
    {
        var first = await Open();
        var second = await OpenTab(first.Context);

        await MakeObject(first, Mug);
        await Saved(first, 1);

        await Expect(second.Locator("#count")).ToHaveTextAsync("1 object");
        await MakeObject(second, Cone);
        await Saved(second, 2);
        await Expect(first.Locator("#count")).ToHaveTextAsync("2 objects");
    }

    [Fact]
    public async Task Images_SteppedThrough_KeepTheirHistories()
    {
        var page = await Open(images: [StillLife, Breakfast]);
        await MakeObject(page, Mug);
        await Saved(page, 1);

        await page.Keyboard.PressAsync("d");
        await Expect(page.Locator("#subtitle")).ToContainTextAsync(Breakfast);
        await Expect(page.Locator("#count")).ToHaveTextAsync("0 objects");
        await WaitUntilEncoded(page);
        await page.Keyboard.PressAsync("a");
        await Expect(page.Locator("#count")).ToHaveTextAsync("1 object");
        await page.Keyboard.PressAsync("Control+z");
        await ExpectDraft(page, 3);
        await page.Keyboard.PressAsync("Control+Shift+z");

        await page.Keyboard.PressAsync("Control+Enter");
        await Expect(page.Locator("#subtitle")).ToContainTextAsync(Breakfast);
        await Expect(page.Locator("#images button").First).ToHaveAttributeAsync("data-state", "accepted");
        await Expect(page.Locator("#image-count")).ToHaveTextAsync("2 images, 1 accepted");
    }

    [Fact]
    public async Task Export_Downloaded_HoldsTheMasksOfTheDirectApi()
    {
        var page = await Open();
        await MakeObject(page, Mug);
        await Saved(page, 1);

        await page.Locator("#export").ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.Locator("[value=coco]")).ToBeCheckedAsync();
        await Expect(dialog.Locator(".format", new() { HasText = "yolo" })).ToContainTextAsync("Limits: ");
        await Screenshot(page, "export");
        var download = await page.RunAndWaitForDownloadAsync(() => dialog.Locator("[value=export]").ClickAsync());

        Assert.Equal("maskgen-export.zip", download.SuggestedFilename);
        var cancellation = TestContext.Current.CancellationToken;
        await using var zip = await ZipFile.OpenReadAsync(await download.PathAsync(), cancellation);
        var entry = zip.Entries.Single(entry => entry.Name.EndsWith(".json", StringComparison.Ordinal));
        using var coco = await JsonDocument.ParseAsync(await entry.OpenAsync(cancellation), default, cancellation);
        var annotation = Assert.Single(coco.RootElement.GetProperty("annotations").EnumerateArray());
        Assert.Equal(CocoRle.Encode(direct.Three(Mug)[0]), annotation.GetProperty("segmentation").GetProperty("counts").GetString());
    }

    [Fact]
    public async Task Export_WithATolerance_HasPolygonsOfFewerCorners()
    {
        var page = await Open();
        await MakeObject(page, Mug);
        await Saved(page, 1);

        var exact = await Corners("0");
        var coarse = await Corners("4");

        Assert.InRange(coarse, 3, exact / 4);

        async Task<int> Corners(string tolerance)
        {
            await page.Locator("#export").ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog);
            await dialog.Locator("[value=coco]").UncheckAsync();
            await dialog.Locator("[value=yolo]").CheckAsync();
            await dialog.GetByLabel("Polygons may differ by").FillAsync(tolerance);
            var download = await page.RunAndWaitForDownloadAsync(() => dialog.Locator("[value=export]").ClickAsync());
            var cancellation = TestContext.Current.CancellationToken;
            await using var zip = await ZipFile.OpenReadAsync(await download.PathAsync(), cancellation);
            var entry = zip.Entries.Single(entry => entry.FullName.StartsWith("labels/", StringComparison.Ordinal)
                && entry.Name.EndsWith(".txt", StringComparison.Ordinal));
            using var reader = new StreamReader(await entry.OpenAsync(cancellation));

            // A class, and two numbers for each corner.
            return (await reader.ReadToEndAsync(cancellation)).Split(' ').Length / 2;
        }
    }

    [Fact]
    public async Task Token_Wrong_SaysSoAndGoesOnWithTheRightOne()
    {
        RequestsMayFail = true;
        var page = await Open();
        var context = await page.Context.Browser!.NewContextAsync();
        var stranger = await context.NewPageAsync();

        await stranger.GotoAsync($"{Server.Address}#t=wrong");
        await Expect(stranger.Locator("#banner")).ToContainTextAsync("Open the address that maskgen printed");

        var other = await context.NewPageAsync();
        await other.GotoAsync(Server.AddressWithToken);
        await WaitUntilEncoded(other);
        Assert.DoesNotContain("#t=", other.Url, StringComparison.Ordinal);

        // The cookie is the browser's, so the first tab is signed in too, as soon as it asks again.
        await WaitUntilEncoded(stranger);
        await Expect(stranger.Locator("#banner")).ToBeHiddenAsync();
        await context.CloseAsync();
    }

    private static void AssertSame(RunLengthEncoding expected, RunLengthEncoding actual) =>
        Assert.Equal(CocoRle.Encode(expected), CocoRle.Encode(actual));

    // After a reload: the draft is there again, with the choice that was made.
    private static async Task ExpectSecondCandidate(IPage page)
    {
        await WaitUntilEncoded(page);
        await ExpectDraft(page, 3);
        await Expect(page.Locator(".candidates button").Nth(1)).ToHaveAttributeAsync("aria-pressed", "true");
    }

    // Until the browser's database has a record that meets a condition in JavaScript.
    private static Task WaitUntilKept(IPage page, string condition) => page.WaitForFunctionAsync($$"""
        () => new Promise(done => {
          indexedDB.open("maskgen", 1).onsuccess = ({ target: { result } }) => {
            result.transaction("drafts").objectStore("drafts").getAll().onsuccess = ({ target }) => {
              result.close();
              done(target.result.some({{condition}}));
            };
          };
        })
        """);

    // What the page has kept so far is there; from now on the database fails, until the page is loaded again.
    private static async Task LetTheDatabaseWriteNothing(IPage page)
    {
        await WaitUntilKept(page, "record => record.snapshot.draft");
        await page.EvaluateAsync("""
            () => {
              IDBObjectStore.prototype.put = IDBObjectStore.prototype.delete = () => { throw new Error("Not now."); };
            }
            """);
    }
}
