using System.Net;
using System.Text.Json.Nodes;
using MaskGen.ML.Web.Tests.Page;
using SkiaSharp;

namespace MaskGen.ML.Web.Tests.Api;

/// <summary>Masks over HTTP are those of the direct API, to the pixel.</summary>
public sealed class SegmentEndpointsTests(TestServerFixture fixture) : IClassFixture<TestServerFixture>
{
    private TestServer Server => fixture.Server;

    [Fact]
    public async Task Segment_PointBoxAndRefinement_GivesTheMasksOfTheDirectApi()
    {
        using var direct = new DirectMasks();
        var id = await Server.IdOfAsync(SampleImages.StillLife);
        var (x, y) = SampleImages.Mug;

        var three = await SegmentAsync(id, new { points = Points((x, y)), labels = new[] { 1 }, multimask = true });
        var box = await SegmentAsync(id, new { box = new[] { 40f, 120f, 420f, 480f } });
        var refined = await SegmentAsync(id, new
        {
            points = Points((x, y), SampleImages.Handle),
            labels = new[] { 1, 0 },
            logitsId = (string)three["logitsId"]!,
        });

        var expected = direct.Three((x, y));
        Assert.Equal(expected, three["masks"]!.AsArray().Select(TestServer.MaskOf));
        Assert.Equal((string)three["masks"]![0]!["logitsId"]!, (string)three["logitsId"]!);
        Assert.Equal(direct.OfBox(40, 120, 420, 480), TestServer.MaskOf(box["masks"]![0]));
        Assert.Equal(direct.Refined((x, y), SampleImages.Handle, excludes: true), TestServer.MaskOf(refined["masks"]![0]));
        var extent = MaskGen.ML.Masks.PixelExtent.Of(expected[0]);
        Assert.Equal(
            [extent.Left, extent.Top, extent.Right - extent.Left, extent.Bottom - extent.Top],
            three["masks"]![0]!["bbox"]!.AsArray().Select(number => (int)number!));
    }

    [Fact]
    public async Task Segment_SeveralPrompts_AnswersEachAsAlone()
    {
        var id = await Server.IdOfAsync(SampleImages.StillLife);
        var one = new { points = Points(SampleImages.Mug), labels = new[] { 1 } };
        var two = new { points = Points(SampleImages.Cone), labels = new[] { 1 } };

        var answer = await SegmentAsync(id, new { prompts = new[] { one, two } });

        Assert.Equal(2, answer["results"]!.AsArray().Count);
        var alone = await SegmentAsync(id, two);
        Assert.Equal((string)alone["masks"]![0]!["counts"]!, (string)answer["results"]![1]!["masks"]![0]!["counts"]!);
    }

    [Fact]
    public async Task Segment_Preview_GivesTheBestMaskAndKeepsNothing()
    {
        var id = await Server.IdOfAsync(SampleImages.StillLife);
        await Server.EncodeAsync(id);
        var request = new { points = Points(SampleImages.Mug), labels = new[] { 1 }, multimask = true };

        var preview = await SegmentAsync(id, new { request.points, request.labels, multimask = true, preview = true });

        var click = await SegmentAsync(id, request);
        Assert.Equal((string)click["masks"]![0]!["counts"]!, (string)Assert.Single(preview["masks"]!.AsArray())!["counts"]!);
        Assert.Null(preview["logitsId"]);
    }

    [Theory]
    [InlineData("""{}""", "points or a box")]
    [InlineData("""{"points":[[1,2]]}""", "labels")]
    [InlineData("""{"points":[[1,2]],"labels":[2]}""", "labels")]
    [InlineData("""{"points":[[1]],"labels":[1]}""", "pairs")]
    [InlineData("""{"box":[1,2,3]}""", "box")]
    [InlineData("""{"points":[[100000,2]],"labels":[1]}""", "100000")]
    [InlineData("""{"points":[[1,2]],"labels":[1],"size":"huge"}""", "size")]
    [InlineData("""{"prompts":[]}""", "prompts")]
    [InlineData("""{"points":"x"}""", "$.points")]
    [InlineData("""not json""", "JSON")]
    public async Task Segment_WrongRequest_SaysWhatWasExpected(string json, string named)
    {
        var id = await Server.IdOfAsync(SampleImages.StillLife);
        var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");

        var response = await Server.Client.PostAsync($"api/v1/images/{id}/segment", content, TestServer.Cancellation);

        var problem = await TestServer.AssertProblemAsync(response, 400, "bad-request");
        Assert.Contains(named, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segment_MoreThanTheLimits_IsRefused()
    {
        var id = await Server.IdOfAsync(SampleImages.StillLife);
        var points = Enumerable.Range(0, 257).Select(x => new[] { x, 5 }).ToArray();
        var prompt = new { box = new[] { 1, 1, 50, 50 } };

        await TestServer.AssertProblemAsync(
            await Server.PostAsync($"api/v1/images/{id}/segment", new { points, labels = points.Select(_ => 1) }), 400, "bad-request");
        await TestServer.AssertProblemAsync(
            await Server.PostAsync($"api/v1/images/{id}/segment", new { prompts = Enumerable.Repeat(prompt, 65) }), 400, "bad-request");
    }

    [Fact]
    public async Task Segment_LogitsOfAnotherImage_AreGone()
    {
        var (first, second) = (await Server.IdOfAsync(SampleImages.StillLife), await Server.IdOfAsync(SampleImages.Breakfast));
        var answer = await SegmentAsync(first, new { points = Points(SampleImages.Mug), labels = new[] { 1 } });

        var response = await Server.PostAsync(
            $"api/v1/images/{second}/segment",
            new { points = Points((20, 20)), labels = new[] { 1 }, logitsId = (string)answer["logitsId"]! });

        await TestServer.AssertProblemAsync(response, 410, "logits-gone");
    }

    [Fact]
    public async Task Segment_LargeImage_IsPaintedSmallAndKeptFull()
    {
        var size = new ImageSize(3000, 1500);
        await using var server = await TestServer.StartAsync((options, folder) =>
        {
            var path = Path.Combine(folder, "large.png");
            File.WriteAllBytes(path, LargeImage(size));
            options.Images.Add(new MaskGenWebImage(path, "large.png"));
        });
        var id = await server.IdOfAsync("large.png");
        var prompt = new { points = Points((1000, 700)), labels = new[] { 1 }, multimask = true };

        var paint = await server.PostForJsonAsync($"api/v1/images/{id}/segment", prompt);
        var full = await server.PostForJsonAsync(
            $"api/v1/images/{id}/segment", new { prompt.points, prompt.labels, multimask = true, size = "full" });
        var kept = await server.PostForJsonAsync($"api/v1/images/{id}/mask", new { logitsId = (string)paint["logitsId"]! });

        Assert.Equal(new ImageSize(2048, 1024), TestServer.MaskOf(paint["masks"]![0]).Size);
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
        using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
        var direct = decoder.Segment(
            encoder.Encode(RgbImage.Load(server.Folder["photos/large.png"]), TestServer.Cancellation),
            [Sam2Prompt.FromPoint(1000, 700)],
            MaskOutput.Multimask,
            cancellationToken: TestServer.Cancellation);
        var best = direct.OrderByDescending(mask => mask.PredictedIou).First().Segmentation;
        Assert.Equal(best, TestServer.MaskOf(full["masks"]![0]));
        Assert.Equal(best, TestServer.MaskOf(kept));
        var image = await server.Client.GetAsync($"api/v1/images/{id}?max=2048", TestServer.Cancellation);
        using var bitmap = SKBitmap.Decode(await image.Content.ReadAsByteArrayAsync(TestServer.Cancellation));
        Assert.Equal((2048, 1024), (bitmap.Width, bitmap.Height));
    }

    [Fact]
    public async Task Everything_GivesTheMasksOfTheGeneratorAndProgress()
    {
        var id = await Server.IdOfAsync(SampleImages.Breakfast);

        var response = await Server.PostAsync(
            $"api/v1/images/{id}/everything", new { pointsPerSide = 6, predictedIou = 0.3, stability = 0.4 });

        var text = await response.Content.ReadAsStringAsync(TestServer.Cancellation);
        Assert.Contains("event: progress\n", text, StringComparison.Ordinal);
        var done = JsonNode.Parse(text[(text.IndexOf("event: done\ndata: ", StringComparison.Ordinal) + 18)..]
            .Split('\n')[0])!;
        using var generator = new AutomaticMaskGenerator(
            new AutomaticMaskGenerationOptions { PointsPerSide = 6, PredictedIouThreshold = 0.3f, StabilityScoreThreshold = 0.4f });
        var expected = generator.Generate(
            RgbImage.Load(SampleImages.PathOf(SampleImages.Breakfast)), cancellationToken: TestServer.Cancellation);
        Assert.True(expected.Count > 0);
        Assert.Equal(expected.Select(mask => mask.Segmentation), done["masks"]!.AsArray().Select(TestServer.MaskOf));
    }

    [Fact]
    public async Task Everything_Cancelled_SaysSo()
    {
        var id = await Server.IdOfAsync(SampleImages.StillLife);
        await Server.EncodeAsync(id);
        var request = new HttpRequestMessage(HttpMethod.Post, $"api/v1/images/{id}/everything")
        {
            Content = System.Net.Http.Json.JsonContent.Create(new { pointsPerSide = 64 }),
        };
        var response = await Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestServer.Cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestServer.Cancellation));
        while (await reader.ReadLineAsync(TestServer.Cancellation) is { } line && line != "event: progress")
        {
            Assert.NotEqual("event: done", line);
        }

        var cancelled = await Server.Client.DeleteAsync($"api/v1/images/{id}/everything", TestServer.Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        var rest = await reader.ReadToEndAsync(TestServer.Cancellation);
        Assert.Contains("event: cancelled", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("event: done", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segment_MoreThanTheQueue_IsToldWhenToComeAgainAndLosesNothing()
    {
        var id = await Server.IdOfAsync(SampleImages.StillLife);
        await Server.EncodeAsync(id);
        var refused = 0;
        async Task<string> ClickAsync(int x)
        {
            while (true)
            {
                var response = await Server.PostAsync(
                    $"api/v1/images/{id}/segment", new { points = Points((100 + x, 300)), labels = new[] { 1 } });
                if (response.StatusCode != HttpStatusCode.TooManyRequests)
                {
                    return (string)(await TestServer.JsonAsync(response))["masks"]![0]!["counts"]!;
                }

                Interlocked.Increment(ref refused);
                Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
                var problem = await TestServer.AssertProblemAsync(response, 429, "busy");
                Assert.True((int)problem["retryAfterMs"]! > 0);
            }
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(ClickAsync));

        Assert.True(refused > 0);
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
        using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
        var image = encoder.Encode(RgbImage.Load(SampleImages.PathOf(SampleImages.StillLife)), TestServer.Cancellation);
        for (var x = 0; x < answers.Length; x++)
        {
            var direct = decoder.Segment(
                image, [Sam2Prompt.FromPoint(100 + x, 300)], MaskOutput.Single, cancellationToken: TestServer.Cancellation)[0];
            Assert.Equal(CocoRle.Encode(direct.Segmentation), answers[x]);
        }
    }

    private static byte[] LargeImage(ImageSize size)
    {
        using var bitmap = new SKBitmap(size.Width, size.Height);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.SteelBlue);
            canvas.DrawCircle(1000, 700, 400, new SKPaint { Color = SKColors.Orange });
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static int[][] Points(params (int X, int Y)[] points) => [.. points.Select(point => new[] { point.X, point.Y })];

    private Task<JsonNode> SegmentAsync(string id, object request) => Server.PostForJsonAsync($"api/v1/images/{id}/segment", request);
}
