using MaskGen.ML.Results;
using static Microsoft.Playwright.Assertions;

namespace MaskGen.ML.Tests.Results;

public sealed class HtmlReportIndexTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>, IDisposable
{
    // Of the border to the surface around it, as WCAG counts it.
    private const string SearchBorderContrast = """
        () => {
          const luminance = color => color.match(/\d+/g).slice(0, 3).map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
            .reduce((sum, part, channel) => sum + part * [0.2126, 0.7152, 0.0722][channel], 0);
          const border = luminance(getComputedStyle(search).borderTopColor);
          const around = luminance(getComputedStyle(document.querySelector(".top")).backgroundColor);
          return (Math.max(border, around) + 0.05) / (Math.min(border, around) + 0.05);
        }
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Save_PagesAndFailures_ListsLinksFindsAndSorts()
    {
        var reports = SaveReports();
        var path = _folder["index.html"];
        HtmlReportIndex.Save(
            path,
            "photos",
            reports,
            [new() { ImageName = "broken.jpg", Reason = "expected an image, found 12 bytes that are none." }]);
        await using var context = await chromium.Browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 } });
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);

        await page.GotoAsync(new Uri(path).AbsoluteUri);

        var names = page.Locator("#cards li:visible b");
        await Expect(names).ToHaveTextAsync(["breakfast #1 50%.png", "discs 2.png", "discs 10.png", "still-life.png"]);
        await Expect(page.Locator("#count")).ToHaveTextAsync("4 images · 1 failed");
        await Expect(page).ToHaveTitleAsync("photos · 4 images · 1 failed");
        Assert.InRange(await page.EvaluateAsync<double>(SearchBorderContrast), 3, 21);
        await Expect(page.Locator(".failures")).ToContainTextAsync("broken.jpg expected an image");
        Assert.Equal(4, await page.EvaluateAsync<int>("() => [...document.images].filter(image => image.naturalWidth > 0).length"));
        if (Environment.GetEnvironmentVariable("MASKGEN_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, "index.png") });
        }

        await page.Locator("#sort").SelectOptionAsync("masks");
        await Expect(names).ToHaveTextAsync(["discs 10.png", "still-life.png", "breakfast #1 50%.png", "discs 2.png"]);
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("BREAK");
        await Expect(names).ToHaveTextAsync(["breakfast #1 50%.png"]);
        await Expect(page.Locator("#count")).ToHaveTextAsync("1 of 4 images");

        await page.Locator(".card:visible").ClickAsync();
        await Expect(page.Locator("#count")).ToHaveTextAsync("20 masks");
        await page.Locator("a.back").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("photos");
        Assert.Empty(errors);
    }

    [Fact]
    public void Save_AnotherFile_ThrowsAndLeavesNoIndex()
    {
        var other = _folder["other.html"];
        File.WriteAllText(other, "<!doctype html><title>x</title>");
        var path = _folder["index.html"];

        var error = Assert.Throws<InvalidDataException>(() => HtmlReportIndex.Save(path, "photos", [other]));

        Assert.Contains("other.html", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Save_PageThatIsNotThere_IsNamedByItsOwnName()
    {
        var error = Assert.Throws<FileNotFoundException>(
            () => HtmlReportIndex.Save(_folder["index.html"], "photos", [_folder["cat.html"]]));

        Assert.Equal($"{_folder["cat.html"]}: expected a page with masks, found nothing there.", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("{not json")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{\"image\":\"a.png\",\"width\":99999999999,\"height\":1,\"masks\":0}")]
    [InlineData("{\"image\":\"a.png\",\"width\":1.5,\"height\":1,\"masks\":0}")]
    [InlineData("{\"image\":\"a.png\",\"width\":-1,\"height\":1,\"masks\":0}")]
    [InlineData("{\"image\":7,\"width\":1,\"height\":1,\"masks\":0}")]
    [InlineData("{\"image\":\"\\ud800\",\"width\":1,\"height\":1,\"masks\":0}")]
    [InlineData("{\"image\":\"a.png\",\"width\":1,\"height\":1}")]
    public void Save_PageWithADamagedSummary_IsRefusedByName(string summary)
    {
        HtmlReport.Save(_folder["a.html"], "a.png", ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());
        var page = File.ReadAllText(_folder["a.html"]);
        var meta = System.Text.RegularExpressions.Regex.Match(page, "<meta name=\"maskgen-report\" content=\"([^\"]*)\">").Groups[1];
        File.WriteAllText(
            _folder["a.html"], page[..meta.Index] + System.Net.WebUtility.HtmlEncode(summary) + page[(meta.Index + meta.Length)..]);

        var error = Assert.Throws<InvalidDataException>(() => HtmlReportIndex.Save(_folder["index.html"], "photos", [_folder["a.html"]]));

        Assert.StartsWith($"{_folder["a.html"]}: ", error.Message, StringComparison.Ordinal);
        Assert.False(HtmlReportIndex.IsReport(_folder["a.html"]));
        Assert.False(File.Exists(_folder["index.html"]));
    }

    [Fact]
    public void Save_PageOfAnEarlierVersion_IsListed()
    {
        HtmlReport.Save(_folder["a.html"], "a.png", ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());
        var page = File.ReadAllText(_folder["a.html"]);
        var meta = System.Text.RegularExpressions.Regex.Match(page, "<meta name=\"maskgen-report\" content=\"([^\"]*)\">").Groups[1];
        const string Older = "{&quot;image&quot;:&quot;a.png&quot;,&quot;width&quot;:120,&quot;height&quot;:80,&quot;masks&quot;:3}";
        File.WriteAllText(_folder["a.html"], page[..meta.Index] + Older + page[(meta.Index + meta.Length)..]);

        HtmlReportIndex.Save(_folder["index.html"], "photos", [_folder["a.html"]]);

        Assert.Contains("120 × 80", File.ReadAllText(_folder["index.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Save_NamesWithControlCharacters_SpellsThemOut()
    {
        const string Name = "a\u001b[31m\u202e<b>.png";
        HtmlReport.Save(_folder["a.html"], Name, ReportPages.Plain(ReportPages.DiscsSize), ReportPages.ThreeDiscs());

        HtmlReportIndex.Save(_folder["index.html"], Name, [_folder["a.html"]], [new() { ImageName = Name, Reason = Name }]);

        foreach (var file in new[] { "a.html", "index.html" })
        {
            var page = File.ReadAllText(_folder[file]);
            Assert.DoesNotContain(page, c => char.IsControl(c) && c != '\n');
            Assert.Contains(@"a\x1b[31m\u202e&lt;b&gt;.png", page, StringComparison.Ordinal);
        }

        Assert.Equal(Name, MaskGen.ML.Results.HtmlReportSummary.Read(_folder["a.html"]).ImageName);
    }

    private List<string> SaveReports()
    {
        var pages = new (string File, string Name, (RgbImage Image, MaskSet Masks) Content)[]
        {
            ("a.html", "still-life.png", ReportPages.StillLife()),
            ("b #1 50%.html", "breakfast #1 50%.png", ReportPages.Everything("breakfast", "meta-crops")),
            ("c.html", "discs 10.png", ReportPages.ManyDiscs(new ImageSize(300, 400), 60)),
            ("d.html", "discs 2.png", ReportPages.ManyDiscs(new ImageSize(90, 30), 2)),
        };
        return
        [
            .. pages.Select(page =>
            {
                var path = _folder[page.File];
                HtmlReport.Save(
                    path, page.Name, page.Content.Image, page.Content.Masks, new HtmlReportOptions { IndexAddress = "index.html" });
                return path;
            }),
        ];
    }
}
