using System.Text.Json;
using System.Text.RegularExpressions;
using MaskGen.ML.Results;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Tests.Results;

/// <summary>Opens pages from disk in a real browser: what they show, how fast, in which colours, on which screen.</summary>
public sealed class HtmlReportTests(ChromiumFixture chromium) : ReportPageTest(chromium)
{
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
    public async Task Page_Scores_AreExplained()
    {
        var page = await NewPage();
        await Open(page, "a.png", ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());

        var legend = page.Locator(".legend");
        await Expect(legend.GetByText("It is no measurement")).ToBeHiddenAsync();
        await legend.Locator("summary").ClickAsync();

        await Expect(legend.GetByText("the intersection of both over their union")).ToBeVisibleAsync();
        await Expect(legend.GetByText("how little the mask changes when its threshold is moved")).ToBeVisibleAsync();
        await Expect(page.Locator("label[for=iou]")).ToHaveAttributeAsync("title", new Regex("^The model's own estimate"));
        await Expect(page.Locator("label[for=stability]")).ToHaveAttributeAsync("title", new Regex("^How little the mask changes"));
        await Expect(page.Locator(".mask").First).ToBeInViewportAsync();
    }

    [Theory]
    [InlineData(true, 0.22)]
    [InlineData(false, 0)]
    public async Task Page_LargeMask_IsFilledWhereAPromptAskedForIt(bool isAskedFor, double fill)
    {
        var size = ReportPages.DiscsSize;
        var large = MaskRecord.From(RunLengthEncoding.FromCounts(size, [0, 6000, 3600])) with { Points = [new(9, 9)] };
        var small = MaskRecord.From(RunLengthEncoding.FromCounts(size, [8000, 200, 1400]));
        var box = isAskedFor ? new BoxXyxy(100, 0, 110, 80) : (BoxXyxy?)null;
        var page = await NewPage();

        await Open(page, "a.png", ReportPages.Plain(size), new MaskSet(size, [large, small with { Box = box, Points = [new(101, 9)] }]));

        Assert.Equal(fill, await page.EvaluateAsync<double>("() => report.masks[0].fill"));
    }

    [Fact]
    public async Task Page_MasksWithLabels_ShowsThemAsTextAndCopiesThemAsCategories()
    {
        const string Hostile = "<img src=x onerror=\"document.title='run'\"> & 'co'";
        var discs = ReportPages.ThreeDiscs();
        var masks = new MaskSet(
            discs.ImageSize, [discs[0] with { Label = "cat", PromptScore = 0.75 }, discs[1] with { Label = Hostile }, discs[2]]);
        var page = await NewPage();

        await Open(page, "a.png", ReportPages.Plain(ReportPages.DiscsSize), masks);

        await Expect(page.Locator(".mask .label")).ToHaveTextAsync(["cat", Hostile]);
        Assert.Equal(0, await page.Locator("#rows img").CountAsync());
        Assert.NotEqual("run", await page.TitleAsync());
        Assert.StartsWith("Mask 1, cat, ", await page.Locator("#mask-1").GetAttributeAsync("aria-label"), StringComparison.Ordinal);
        await page.Locator("#mask-1").HoverAsync();
        await Expect(page.Locator("#detail")).ToContainTextAsync("Mask 1 cat");
        await Expect(page.Locator("#detail")).ToContainTextAsync("Prompt's score 0.750");
        var copied = await page.EvaluateAsync<string>("() => JSON.stringify(toCoco(report, masks))");
        using var json = JsonDocument.Parse(copied);
        Assert.Equal(
            ["cat", Hostile, "object"],
            json.RootElement.GetProperty("categories").EnumerateArray().Select(category => category.GetProperty("name").GetString()));
        Assert.Equal(
            [1, 2, 3],
            json.RootElement.GetProperty("annotations").EnumerateArray().Select(mask => mask.GetProperty("category_id").GetInt32()));
        await Screenshot(page, "report-labels");
    }

    [Fact]
    public async Task Page_Of2000Masks_HasRowsForThoseInViewAlone()
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

        // Told, not tested: it depends on what else the machine does.
        TestContext.Current.SendDiagnosticMessage($"2,000 masks: script {metrics["ScriptDuration"]:F0} ms, until open {measured:F0} ms.");
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
    public async Task Page_Opened_HasTheLinesAndFillsOfOverlaysOnAnImageWithLittleColour()
    {
        var page = await NewPage();
        await Open(page, "discs.png", ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());

        // Along row 40 from the left edge of disc 1, in red, green, blue and alpha.
        var row = await page.EvaluateAsync<int[]>("""
            () => [13, 15, 16, 17, 20].map(x => 4 * (x * report.height + 40)).flatMap(at => [...stage.overlay.image.data.slice(at, at + 4)])
            """);
        var (red, green, blue) = MaskPalette.Color(0);
        var fill = ((255 * MaskPainter.Fill(ReportPages.ThreeDiscs()[0].Segmentation)) + 50) / 100;
        Assert.Equal([0, 0, 0, 0], row[..4]);
        Assert.Contains("0,0,0,191", string.Join(',', row), StringComparison.Ordinal);
        Assert.Contains($"{red},{green},{blue},255", string.Join(',', row), StringComparison.Ordinal);
        Assert.Equal([red, green, blue, fill], row[^4..]);
        const string Filter = "() => getComputedStyle(document.getElementById('image')).filter";
        Assert.Equal("saturate(0.25)", await page.EvaluateAsync<string>(Filter));
        await page.Keyboard.PressAsync("h");
        Assert.Equal("none", await page.EvaluateAsync<string>(Filter));
        await page.Keyboard.PressAsync("h");
        await page.Locator("#list").PressAsync("Home");
        Assert.Equal("none", await page.EvaluateAsync<string>(Filter));
    }

    [Fact]
    public async Task Page_OfCandidates_ShowsTheBestOneAndListsTheOthers()
    {
        var masks = new MaskSet(
            ReportPages.DiscsSize, [.. ReportPages.ThreeDiscs().Select((mask, place) => mask with
            {
                Points = [new(30, 40)], PredictedIou = place == 1 ? 0.95f : 0.5f,
            })]);
        var page = await NewPage();

        await Open(page, "discs.png", ReportPages.Plain(ReportPages.DiscsSize), masks);

        await Expect(page.Locator(".mask")).ToHaveCountAsync(3);
        await Expect(page.Locator(".mask .name b")).ToHaveTextAsync(["best"]);
        await Expect(page.Locator(".mask:has(b)")).ToHaveAttributeAsync("id", "mask-2");
        await Expect(page.Locator(".mask:has(b)")).ToHaveAttributeAsync("aria-label", new Regex("^Mask 2, the best candidate, "));
        await Expect(page.Locator("#detail")).ToContainTextAsync("shows the best candidate");
        Assert.Equal([0, 2], (await page.EvaluateAsync<int[]>("() => [...new Set(stage.buffer.labels)]")).Order());
        await Screenshot(page, "report-candidates");
    }

    [Fact]
    public async Task Page_NoMasks_SaysSo()
    {
        var page = await NewPage();

        await Open(page, "nothing.png", ReportPages.Plain(ReportPages.DiscsSize), new MaskSet(ReportPages.DiscsSize, []));

        await Expect(page.Locator("#count")).ToHaveTextAsync("0 masks");
        await Expect(page.Locator("#detail")).ToHaveTextAsync("There are no masks.");
        await Expect(page.Locator(".empty")).ToHaveTextAsync("There are no masks.");
    }

    [Fact]
    public async Task Page_OneMask_CountsIt()
    {
        var page = await NewPage();

        await Open(
            page, "one.png", ReportPages.Plain(ReportPages.DiscsSize), new MaskSet(ReportPages.DiscsSize, [ReportPages.ThreeDiscs()[0]]));

        await Expect(page.Locator("#count")).ToHaveTextAsync("1 mask");
    }

    [Theory]
    [InlineData(320, 568)]
    [InlineData(400, 800)]
    [InlineData(1280, 800)]
    public async Task Page_LongNameAndCount_FitsTheWindowWithEveryControl(int width, int height)
    {
        var page = await NewPage();
        await page.SetViewportSizeAsync(width, height);
        await Open(page, new string('n', 176) + ".png", ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());

        // A page of 12,288 masks takes long to make, while the words are what has to fit.
        await page.EvaluateAsync("() => { document.getElementById('count').textContent = '6,924 of 12,288 masks'; pin(masks[0]); }");

        Assert.Equal(width, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        Assert.Empty(await page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll("button, input, .mask span, #count")]
              .filter(control => control.checkVisibility())
              .filter(control => { const box = control.getBoundingClientRect(); return box.left < 0 || box.right > innerWidth || box.width === 0; })
              .map(control => control.outerHTML)
            """));
        await Expect(page.Locator("#download")).ToBeVisibleAsync();
        await Screenshot(page, $"report-long-{width}");
    }

    [Fact]
    public async Task List_RowsOfAnyArea_HaveBarsOfOneLength()
    {
        var (image, masks) = ReportPages.StillLife();
        var page = await NewPage();
        await Open(page, "still-life.png", image, masks);

        var lengths = await page.EvaluateAsync<double[]>("() => [...document.querySelectorAll('.mask .meter:nth-of-type(3) > span')].map(bar => Math.round(bar.getBoundingClientRect().width))");

        Assert.NotEmpty(lengths);
        Assert.Single(lengths.Distinct());
    }

    [Fact]
    public async Task Page_InForcedColors_TellsPressedSelectedAndMeasuredByMoreThanABackground()
    {
        var page = await NewPage();
        await page.EmulateMediaAsync(new() { ForcedColors = ForcedColors.Active });
        await Open(page, "discs.png", ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());
        await page.Locator("#list").PressAsync("Home");

        string[] differing =
        [
            "[getComputedStyle(document.querySelector('[aria-pressed=true]')).backgroundColor, getComputedStyle(document.querySelector('[aria-pressed=false]')).backgroundColor]",
            "[getComputedStyle(document.querySelector('.mask[aria-selected=true]')).outlineStyle, getComputedStyle(document.querySelector('.mask[aria-selected=false]')).outlineStyle]",
            "[getComputedStyle(document.querySelector('.meter span i')).backgroundColor, getComputedStyle(document.querySelector('.meter span')).backgroundColor]",
        ];
        foreach (var pair in differing)
        {
            var styles = await page.EvaluateAsync<string[]>($"() => {pair}");
            Assert.NotEqual(styles[1], styles[0]);
        }

        Assert.Equal(3, await page.EvaluateAsync<int>("() => new Set([...document.querySelectorAll('.mask .name i')].map(swatch => getComputedStyle(swatch).backgroundColor)).size"));
        await Screenshot(page, "report-forced-colors");
    }

    [Fact]
    public async Task Page_Printed_HasTheImageAndTheWholeListUncut()
    {
        var (image, masks) = ReportPages.StillLife();
        var page = await NewPage();
        await Open(page, "still-life.png", image, masks);
        var inSight = await page.Locator(".mask").CountAsync();

        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await page.SetViewportSizeAsync(794, 1123);
        await page.EvaluateAsync("() => dispatchEvent(new Event('beforeprint'))");

        await Expect(page.Locator(".mask")).ToHaveCountAsync(masks.Count);
        Assert.True(
            await page.EvaluateAsync<bool>(
                "() => ['list', 'viewport'].every(id => element(id).scrollHeight === element(id).clientHeight)"));
        Assert.InRange(await page.EvaluateAsync<double>("() => stage.frame.getBoundingClientRect().right"), 600, 794);
        await Screenshot(page, "report-print");

        await page.EmulateMediaAsync(new() { Media = Media.Screen });
        await page.SetViewportSizeAsync(1280, 800);
        await page.EvaluateAsync("() => dispatchEvent(new Event('afterprint'))");
        await Expect(page.Locator(".mask")).ToHaveCountAsync(inSight);
    }

    [Fact]
    public async Task Page_OnATouchScreen_HasNoHintsOfKeys()
    {
        foreach (var touch in new[] { false, true })
        {
            var page = await NewPage(touch: touch);
            await Open(page, "discs.png", ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());
            await Expect(page.Locator(".keys")).ToBeVisibleAsync(new() { Visible = !touch });
        }
    }

    [Fact]
    public async Task Page_NameWithMarkup_ShowsItAsText()
    {
        const string Name = "</script><b id=\"injected\">{{data}} & 'x'.png";
        var page = await NewPage();

        await Open(page, Name, ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs(), "index.html");

        await Expect(page.Locator("h1")).ToHaveTextAsync(Name);
        await Expect(page.Locator("#injected")).ToHaveCountAsync(0);
        await Expect(page.Locator("#count")).ToHaveTextAsync("3 masks");
        Assert.Equal(Name, await page.EvaluateAsync<string>("() => report.image"));
        await Expect(page.Locator("a.back")).ToHaveAttributeAsync("href", "index.html");
    }

    [Fact]
    public void Write_OtherSize_Throws() =>
        Assert.Throws<ArgumentException>(
            () => HtmlReport.Write(Stream.Null, "a.png", ReportPages.Plain(new ImageSize(5, 5)), ReportPages.ThreeDiscs()));

    [Fact]
    public void Write_AnyPage_NamesNoOtherAddress()
    {
        using var stream = new MemoryStream();

        HtmlReport.Write(stream, "discs.png", ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());

        var text = System.Text.Encoding.UTF8.GetString(stream.ToArray());
        Assert.DoesNotMatch(new Regex("https?://", RegexOptions.None), text);
        Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
        using var data = JsonDocument.Parse(Regex.Match(text, """id="data">(.*?)</script>""").Groups[1].Value);
        Assert.Equal(3, data.RootElement.GetProperty("masks").GetArrayLength());
    }

    private static Task<int> Brightness(IPage page) =>
        page.EvaluateAsync<int>(
            "() => Math.max(...getComputedStyle(document.querySelector('aside')).backgroundColor.match(/\\d+/g).map(Number))");
}
