using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MaskGen.ML.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SkiaSharp;

namespace MaskGen.ML.Benchmarks;

/// <summary>How long a click takes over HTTP on this machine, alone and with 20 clients of a click a second each; whether all are answered,
/// and with the masks of the direct API; whether memory grows.</summary>
internal static class ServeBenchmark
{
    private const string Token = "the-token-of-the-benchmark";
    private const int Clicks = 200;
    private const int Places = 64;

    public static async Task RunAsync()
    {
        var (width, height) = BenchmarkScale.IsDryRun ? (480, 320) : (1800, 1200);
        var (clients, seconds) = BenchmarkScale.IsDryRun ? (2, 2) : (20, 60);
        var folder = Directory.CreateTempSubdirectory("maskgen-serve-").FullName;
        try
        {
            var path = Path.Combine(folder, "photo.png");
            WriteImage(path, width, height);
            await using var app = await ServeAsync(folder);
            var address = AddressOf(app);
            using var client = Client(address);
            var list = await client.GetFromJsonAsync<JsonNode>("api/v1/images");
            var id = (string)list!["images"]![0]!["id"]!;
            await (await client.PostAsync($"api/v1/images/{id}/encode", null)).Content.ReadAsStringAsync();
            var expected = Direct(path, width, height);

            var alone = new List<double>();
            for (var i = 0; i < BenchmarkScale.Times(Clicks) + 10; i++)
            {
                var milliseconds = (await ClickAsync(client, id, i % Places, width, height, expected)).Milliseconds;
                if (i >= 10 || BenchmarkScale.IsDryRun)
                {
                    alone.Add(milliseconds);
                }
            }

            Report($"{width}x{height}, one client after the other", alone);
            await LoadAsync(address, id, width, height, expected, clients, seconds);
            if (!BenchmarkScale.IsDryRun)
            {
                await LargeAsync(folder);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task LoadAsync(
        Uri address, string id, int width, int height, string[] expected, int clients, int seconds)
    {
        var times = new ConcurrentBag<double>();
        var repeated = 0;
        async Task RunClientAsync(int number)
        {
            // A browser of its own, with a cookie: a user of its own.
            using var client = Client(address, isBrowser: true);
            (await client.PostAsJsonAsync("api/v1/session", new { token = Token })).EnsureSuccessStatusCode();
            await Task.Delay(1000 * number / clients);
            var watch = Stopwatch.StartNew();
            for (var second = 0; second < seconds; second++)
            {
                var (milliseconds, again) = await ClickAsync(client, id, (number * 7 + second) % Places, width, height, expected);
                times.Add(milliseconds);
                Interlocked.Add(ref repeated, again);
                var next = TimeSpan.FromSeconds(second + 1) - watch.Elapsed;
                await Task.Delay(next > TimeSpan.Zero ? next : TimeSpan.Zero);
            }
        }

        // What is kept for later clicks is full by then.
        var running = Task.WhenAll(Enumerable.Range(0, clients).Select(RunClientAsync));
        await Task.Delay(TimeSpan.FromSeconds(seconds / 3.0));
        var before = Memory();
        await running;
        Report($"{clients} clients, a click a second each, {seconds} s", [.. times]);
        Console.WriteLine($"  clicks answered: {times.Count} of {clients * seconds}, sent again after 429: {repeated}, "
            + "all masks as of the direct API");
        Console.WriteLine($"  managed memory after a third of it {before / 1e6:0} MB, at the end {Memory() / 1e6:0} MB; "
            + $"process {Environment.WorkingSet / 1e6:0} MB");
    }

    // 60 megapixels: what a click costs where only the painted size is made, and the full one.
    private static async Task LargeAsync(string folder)
    {
        const int Width = 9504, Height = 6336;
        var below = Path.Combine(folder, "large");
        Directory.CreateDirectory(below);
        WriteImage(Path.Combine(below, "photo.png"), Width, Height);
        await using var app = await ServeAsync(below);
        var address = AddressOf(app);
        using var client = Client(address);
        var list = await client.GetFromJsonAsync<JsonNode>("api/v1/images");
        var id = (string)list!["images"]![0]!["id"]!;
        var watch = Stopwatch.StartNew();
        await (await client.GetAsync($"api/v1/images/{id}?max=2048")).Content.ReadAsByteArrayAsync();
        Console.WriteLine($"{Width}x{Height}: shown after {watch.Elapsed.TotalSeconds:0.00} s");
        await (await client.PostAsync($"api/v1/images/{id}/encode", null)).Content.ReadAsStringAsync();
        Console.WriteLine($"  ready to be clicked on after {watch.Elapsed.TotalSeconds:0.00} s");
        foreach (var size in new[] { "paint", "full" })
        {
            var times = new List<double>();
            for (var i = 0; i < 40; i++)
            {
                watch.Restart();
                var response = await client.PostAsJsonAsync(
                    $"api/v1/images/{id}/segment",
                    new { points = new[] { new[] { 1000 + (i * 150), 3000 } }, labels = new[] { 1 }, multimask = true, size });
                await response.Content.ReadAsByteArrayAsync();
                times.Add(watch.Elapsed.TotalMilliseconds);
            }

            Report($"  three masks at {size} size", times);
        }
    }

    private static async Task<(double Milliseconds, int Repeated)> ClickAsync(
        HttpClient client, string id, int place, int width, int height, string[] expected)
    {
        var watch = Stopwatch.StartNew();
        for (var repeated = 0; ; repeated++)
        {
            var (x, y) = Place(place, width, height);
            using var response = await client.PostAsJsonAsync(
                $"api/v1/images/{id}/segment", new { points = new[] { new[] { x, y } }, labels = new[] { 1 }, multimask = true });
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                await Task.Delay(response.Headers.RetryAfter!.Delta!.Value);
                continue;
            }

            response.EnsureSuccessStatusCode();
            var answer = JsonNode.Parse(await response.Content.ReadAsByteArrayAsync())!;
            var milliseconds = watch.Elapsed.TotalMilliseconds;
            return (string)answer["masks"]![0]!["counts"]! == expected[place]
                ? (milliseconds, repeated)
                : throw new InvalidOperationException($"The mask of place {place} is not the one of the direct API.");
        }
    }

    private static string[] Direct(string path, int width, int height)
    {
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
        using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
        var image = encoder.Encode(RgbImage.Load(path));
        return [.. Enumerable.Range(0, Places).Select(place =>
        {
            var (x, y) = Place(place, width, height);
            var masks = decoder.Segment(image, [Sam2Prompt.FromPoint(x, y)], MaskOutput.Multimask);
            return CocoRle.Encode(masks.OrderByDescending(mask => mask.PredictedIou).First().Segmentation);
        })];
    }

    private static (int X, int Y) Place(int place, int width, int height) =>
        ((1 + (place % 8)) * width / 9, (1 + (place / 8)) * height / 9);

    private static Uri AddressOf(WebApplication app) => new(
        app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    private static void Report(string what, List<double> times)
    {
        times.Sort();
        Console.WriteLine(
            $"{what}: median {times[times.Count / 2]:0.0} ms, 95th percentile {times[(int)(0.95 * (times.Count - 1))]:0.0} ms, "
            + $"longest {times[^1]:0.0} ms, {times.Count} clicks");
    }

    private static HttpClient Client(Uri address, bool isBrowser = false)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = isBrowser }) { BaseAddress = address };
        if (!isBrowser)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }

        return client;
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

    private static void WriteImage(string path, int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(new SKColor(200, 190, 170));
            var random = new Random(3);
            for (var i = 0; i < 40; i++)
            {
                using var paint = new SKPaint
                {
                    Color = new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)), IsAntialias = true,
                };
                canvas.DrawCircle(random.Next(width), random.Next(height), width * (0.02f + (0.06f * random.NextSingle())), paint);
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        using var file = File.Create(path);
        data.SaveTo(file);
    }
}
