using System.Text.Json;
using BitMiracle.LibTiff.Classic;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Imaging;

namespace MaskGen.ML.Tests.Cli;

public sealed class LargeImageTests : IDisposable
{
    private static readonly RgbImage Scene = RgbImage.Load(Fixture.Path("images/scene.png"));

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Everything_PagesAll_NamesEachAfterItsPage()
    {
        var path = Pages(3);

        var run = await RunAsync(path, "--pages", "all");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            ["scan.page-1.masks.json", "scan.page-2.masks.json", "scan.page-3.masks.json"],
            Directory.GetFiles(_folder["out"], "*.masks.json").Select(Path.GetFileName).Order());
        Assert.DoesNotContain("--pages takes others", run.Error, StringComparison.Ordinal);

        run = await RunAsync(path, "--pages", "all", "--resume");
        Assert.Contains("scan.page-2.tif: done already", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_FileOfPagesByDefault_TakesTheFirstAndSaysSo()
    {
        var run = await RunAsync(Pages(2));

        Assert.Equal(0, run.ExitCode);
        Assert.True(File.Exists(_folder["out/scan.masks.json"]));
        Assert.Contains("the first of 2 pages; --pages takes others", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_PagesThatAreNotThere_FailAndTheOthersAreDone()
    {
        var run = await RunAsync(Pages(3), "--pages", "2-5");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("expected pages 2 to 5 of it, found 3 pages", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_folder["out"], "*.masks.json").Length);
    }

    [Theory]
    [InlineData("--pages", "0")]
    [InlineData("--pages", "3-2")]
    [InlineData("--pages", "some")]
    [InlineData("--range", "5")]
    [InlineData("--range", "9,5")]
    [InlineData("--tile", "x")]
    [InlineData("--tile", "10")]
    [InlineData("--tile-overlap", "0.25")]
    public async Task Everything_MistypedValue_IsNamed(string option, string value)
    {
        var run = await RunAsync(Fixture.Path("images/scene.png"), option, value);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains($"{option}: expected", run.Error, StringComparison.Ordinal);
        Assert.Contains("found", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_RangeChanged_IsComputedAnew()
    {
        await RunAsync(Pages(1));

        Assert.Contains("done already", (await RunAsync(Pages(1), "--resume")).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("done already", (await RunAsync(Pages(1), "--resume", "--range", "auto")).Error, StringComparison.Ordinal);
        Assert.Contains("\"range\":\"auto\"", File.ReadAllText(_folder["out/scan.masks.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_ImageAboveTheLimit_NamesTiles()
    {
        var run = await RunAsync(Fixture.Path("images/scene.png"), "--max-pixels", "1000");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Segment it by tiles (--tile 2048), make it smaller, or raise --max-pixels", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_Tiles_WritesEveryFormatOfTheWholeImage()
    {
        var formats = string.Join(',', ResultFormats.All.Select(format => format.Name).Where(name => name != "cutout"));

        var run = await RunAsync(
            Fixture.Path("images/scene.png"), "--tile", "128", "--max-pixels", "45000", "--format", formats);

        Assert.True(run.ExitCode == 0, run.Error);
        using var json = JsonDocument.Parse(File.ReadAllBytes(_folder["out/scene.masks.json"]));
        Assert.Contains("\"tile\":128", json.RootElement.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(Scene.Size, RgbImage.Load(_folder["out/scene.labels.png"]).Size);
        Assert.Equal(Scene.Size, RgbImage.Load(_folder["out/scene.overlay.png"]).Size);

        run = await RunAsync(
            Fixture.Path("images/scene.png"), "--tile", "128", "--max-pixels", "45000", "--format", formats, "--resume");
        Assert.Contains("done already", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_TilesOfAnImageLargerThanAnOverlay_DrawsASmallerVersion()
    {
        var size = new ImageSize(2500, 600);
        var path = _folder.Write("wide.tif", TiffBytes.Make(size, 3, 8, new byte[3 * size.PixelCount], Photometric.RGB));

        var run = await RunAsync(path, "--tile", "1000", "--format", "overlay,html,json");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(new ImageSize(1250, 300), RgbImage.Load(_folder["out/wide.overlay.png"]).Size);
    }

    [Fact]
    public async Task Everything_TilesAndCutouts_IsRefusedBeforeAnythingIsComputed()
    {
        var run = await RunAsync(Fixture.Path("images/scene.png"), "--tile", "128", "--format", "json,cutout");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--tile: expected formats that need no more than a smaller version", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["out/scene.masks.json"]));
    }

    [Fact]
    public async Task Everything_GeoTiff_HasItsReferenceSystemAndIsReadByGdal()
    {
        Gdal.Translate(
            "-a_srs EPSG:25832 -a_ullr 500000 5650000 500320 5649789", Fixture.Path("images/scene.png"), _folder["geo.tif"]);

        var run = await RunAsync(_folder["geo.tif"], "--format", "geojson", "--tile", "128");

        Assert.True(run.ExitCode == 0, run.Error);
        var text = Gdal.Run("ogrinfo", "-so", "-al", _folder["out/geo.geojson"]);
        Assert.Contains("ETRS89 / UTM zone 32N", text, StringComparison.Ordinal);
        Assert.Contains("Extent: (500", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_OnePage_IsThatPage()
    {
        var run = await CommandRun.RunAsync(
            ["prompt", Pages(2), "--point", "20,20", "--pages", "2", "--model", Fixture.Path("micro"), "--out", _folder["out"]]);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.True(File.Exists(_folder["out/scan.page-2.prompt.masks.json"]));

        run = await CommandRun.RunAsync(
            ["prompt", Pages(2), "--point", "20,20", "--pages", "all", "--model", Fixture.Path("micro"), "--out", _folder["out"]]);
        Assert.Contains("expected one page for what is typed, found 2", run.Error, StringComparison.Ordinal);
    }

    private Task<CommandRun> RunAsync(params string[] args)
    {
        string[] format = args.Contains("--format") ? [] : ["--format", "json"];
        return CommandRun.EverythingAsync([.. args, .. format, "--out", _folder["out"]]);
    }

    private string Pages(int count) => _folder.Write("scan.tif", TiffBytes.MakePages(
        [.. Enumerable.Range(0, count).Select(_ => (Action<Tiff>)(
            tiff => TiffBytes.Write(tiff, Scene.Size, 3, 8, Scene.Pixels.ToArray(), Photometric.RGB)))]));
}
