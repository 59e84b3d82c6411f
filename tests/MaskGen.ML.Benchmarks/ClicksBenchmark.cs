using System.Net;
using MaskGen.ML.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using SkiaSharp;

namespace MaskGen.ML.Benchmarks;

/// <summary>How long a click takes from the pointer to the painted mask, in a real browser on the page of <c>maskgen serve</c>, on this
/// machine, server and browser together.</summary>
internal static class ClicksBenchmark
{
    private const string Token = "the-token-of-the-benchmark";
    private const int Clicks = 100;
    private const int WarmUps = 10;
    private static readonly string[] Browsers =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chromium-headless-shell"];

    public static async Task RunAsync()
    {
        if (FindBrowser() is not { } browserPath)
        {
            Console.WriteLine($"pointer to painted: not measured, there is no browser (looked for {string.Join(", ", Browsers)}).");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("maskgen-clicks-").FullName;
        try
        {
            // As large as photos that people click on; the time of a click does not depend on what is in them.
            var (width, height) = BenchmarkScale.IsDryRun ? (480, 320) : (1800, 1200);
            WriteImage(Path.Combine(folder, "photo.png"), width, height);
            await using var app = await ServeAsync(folder);
            using var playwright = await Playwright.CreateAsync();
            await using var browser = await playwright.Chromium.LaunchAsync(
                new() { ExecutablePath = browserPath, Args = ["--no-sandbox"] });
            foreach (var preview in new[] { true, false })
            {
                var (whole, server) = await MeasureAsync(browser, Address(app), preview);
                Console.WriteLine($"{width} x {height}, preview {(preview ? "on" : "off")}, {whole.Count} clicks:");
                Report("pointer to painted", whole);
                Report("of it in the server", server);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(List<double> Page, List<double> Server)> MeasureAsync(
        IBrowser browser, string address, bool preview)
    {
        var (clicks, warmUps) = BenchmarkScale.IsDryRun ? (2, 1) : (Clicks, WarmUps);
        await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1600, Height = 1000 } });
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{address}#t={Token}");
        await page.WaitForFunctionAsync("() => document.getElementById('encoding').textContent.startsWith('encoded')");
        await page.WaitForFunctionAsync("() => document.getElementById('image').naturalWidth > 0");
        if (!preview)
        {
            await page.Keyboard.PressAsync("p");
        }

        var box = (await page.Locator("#frame").BoundingBoxAsync())!;
        var random = new Random(1);
        for (var click = 0; click < warmUps + clicks; click++)
        {
            var (u, v) = (0.1f + (0.8f * random.NextSingle()), 0.15f + (0.7f * random.NextSingle()));
            await page.Mouse.MoveAsync(box.X + (u * box.Width), box.Y + (v * box.Height), new() { Steps = 4 });
            await page.Mouse.DownAsync();
            await page.Mouse.UpAsync();
            await page.WaitForFunctionAsync("count => performance.getEntriesByName('maskgen-click').length > count", click);
            await page.Keyboard.PressAsync("Escape");
            await page.WaitForFunctionAsync("() => document.querySelector('[data-key=accept]') === null");
        }

        const string Entries = "() => performance.getEntriesByName('maskgen-click').map(entry => ";
        var whole = await page.EvaluateAsync<double[]>(Entries + "entry.duration)");
        var server = await page.EvaluateAsync<double[]>(Entries + "entry.detail.server)");
        return ([.. whole.Skip(warmUps)], [.. server.Skip(warmUps)]);
    }

    private static async Task<WebApplication> ServeAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddMaskGen(options =>
        {
            options.Token = Token;
            options.OutputFolder = Path.Combine(folder, "out");
            options.Images.Add(new MaskGenWebImage(Path.Combine(folder, "photo.png"), "photo.png"));
        });
        var app = builder.Build();
        app.MapMaskGen();
        await app.StartAsync();
        return app;
    }

    private static string Address(WebApplication app)
    {
        var features = app.Services.GetRequiredService<IServer>().Features;
        return features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single() + "/";
    }

    private static void WriteImage(string path, int width, int height)
    {
        using var small = SKBitmap.Decode(Path.Combine(AppContext.BaseDirectory, "still-life.png"));
        using var large = new SKBitmap(width, height);
        using (var canvas = new SKCanvas(large))
        {
            canvas.DrawBitmap(small, SKRect.Create(width, height));
        }

        using var data = large.Encode(SKEncodedImageFormat.Png, quality: 100);
        using var file = File.Create(path);
        data.SaveTo(file);
    }

    private static void Report(string what, List<double> values) => Console.WriteLine(FormattableString.Invariant(
        $"  {what}: {Quantile(values, 0.5):F0} ms median, {Quantile(values, 0.95):F0} ms at the 95th percentile"));

    private static double Quantile(List<double> values, double part) =>
        values.Order().ElementAt(Math.Min(values.Count - 1, (int)Math.Floor(part * values.Count)));

    private static string? FindBrowser() =>
        (from folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
         where folder.Length > 0
         from name in Browsers
         select Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
