using System.Net;
using BitMiracle.LibTiff.Classic;
using MaskGen.ML.Tests.Imaging;
using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests.Api;

public sealed class ImageEndpointsTests(TestServerFixture fixture) : IClassFixture<TestServerFixture>
{
    private TestServer Server => fixture.Server;

    [Fact]
    public async Task Encode_TellsHowFarItIsAndReadsTheNeighbourAhead()
    {
        await using var server = await TestServer.StartAsync();
        var (first, second) = (await server.IdOfAsync(SampleImages.StillLife), await server.IdOfAsync(SampleImages.Breakfast));

        var told = await server.EncodeAsync(first);

        Assert.Contains("event: encoding\n", told, StringComparison.Ordinal);
        Assert.Contains("event: ready\n", told, StringComparison.Ordinal);
        Assert.Contains("\"from\":\"model\"", told, StringComparison.Ordinal);
        var again = await server.EncodeAsync(second);
        Assert.Contains("event: ready\n", again, StringComparison.Ordinal);
        Assert.Contains("\"from\":\"memory\"", await server.EncodeAsync(first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encode_WithACache_IsReadFromDiskByTheNextServer()
    {
        using var cache = new MaskGen.ML.Tests.TestFolder();
        await using (var server = await TestServer.StartAsync((options, _) => options.CacheFolder = cache["embeddings"]))
        {
            var encoded = new MaskGen.ML.Inference.EmbeddingFolder(cache["embeddings"]);
            await server.EncodeAsync(await server.IdOfAsync(SampleImages.Breakfast));
            var sha256 = server.Get<ImageCatalog>().FindByName(SampleImages.Breakfast)!.Sha256();

            // Written behind the answer.
            while (!encoded.Has(sha256, Sam2Model.Nano.Fingerprint))
            {
                await Task.Yield();
                TestServer.Cancellation.ThrowIfCancellationRequested();
            }
        }

        await using var next = await TestServer.StartAsync((options, _) => options.CacheFolder = cache["embeddings"]);
        var told = await next.EncodeAsync(await next.IdOfAsync(SampleImages.Breakfast));
        Assert.Contains("\"from\":\"disk\"", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_OfMoreThanEightBits_IsPaintedAndKeptByTheRangeOfTheServer()
    {
        using var folder = new MaskGen.ML.Tests.TestFolder();
        var (full, embeddings) = await ServeAsync(ImageRange.Full);
        var (auto, _) = await ServeAsync(ImageRange.Auto);
        var (again, from) = await ServeAsync(ImageRange.Auto);

        Assert.Equal("model", embeddings);
        Assert.Equal("disk", from);
        Assert.NotEqual(full.Tag, auto.Tag);
        Assert.Equal(auto.Tag, again.Tag);
        Assert.True(full.Brightest < 16, $"{full.Brightest}");
        Assert.True(auto.Brightest > 200, $"{auto.Brightest}");

        async Task<((string Tag, int Brightest) Painted, string From)> ServeAsync(ImageRange range)
        {
            await using var server = await TestServer.StartAsync(
                (options, photos) =>
                {
                    options.Range = range;
                    options.CacheFolder = folder["embeddings"];
                    File.WriteAllBytes(Path.Combine(photos, "deep.tif"), Dark());
                    File.SetLastWriteTimeUtc(Path.Combine(photos, "deep.tif"), DateTime.UnixEpoch);
                    options.Images.Add(new MaskGenWebImage(Path.Combine(photos, "deep.tif"), "deep.tif"));
                },
                hasSamples: false);
            var id = await server.IdOfAsync("deep.tif");
            var told = await server.EncodeAsync(id);
            var answer = await server.Client.GetAsync($"api/v1/images/{id}?max=32", TestServer.Cancellation);
            var painted = RgbImage.Load(await answer.Content.ReadAsByteArrayAsync(TestServer.Cancellation));
            var kept = new MaskGen.ML.Inference.EmbeddingFolder(folder["embeddings"], range: range);
            var sha256 = server.Get<ImageCatalog>().FindByName("deep.tif")!.Sha256();

            // Written behind the answer.
            while (!kept.Has(sha256, Sam2Model.Nano.Fingerprint))
            {
                await Task.Yield();
                TestServer.Cancellation.ThrowIfCancellationRequested();
            }

            var place = told.IndexOf("\"from\":\"", StringComparison.Ordinal) + "\"from\":\"".Length;
            return ((answer.Headers.ETag!.Tag, painted.Pixels.ToArray().Max()), told[place..told.IndexOf('"', place)]);
        }

        // 16 bits, of which the lowest 2000 values are used.
        static byte[] Dark() => TiffBytes.Make(
            new ImageSize(32, 32),
            1,
            16,
            [.. Enumerable.Range(0, 32 * 32).SelectMany(i => BitConverter.GetBytes((ushort)(2000 * i / 1023)))],
            Photometric.MINISBLACK);
    }

    [Fact]
    public async Task Image_AskedForAgain_IsNotSentAgain()
    {
        var address = $"api/v1/images/{await Server.IdOfAsync(SampleImages.StillLife)}?max=160";
        var first = await Server.Client.GetAsync(address, TestServer.Cancellation);
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        var second = await Server.Client.SendAsync(request, TestServer.Cancellation);

        Assert.Equal((HttpStatusCode.OK, "image/jpeg"), (first.StatusCode, first.Content.Headers.ContentType?.MediaType));
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("2049")]
    [InlineData("x")]
    public async Task Image_OfASizeThatIsNotPainted_IsRefused(string max)
    {
        var response = await Server.Client.GetAsync(
            $"api/v1/images/{await Server.IdOfAsync(SampleImages.StillLife)}?max={max}", TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 400, "bad-request");
    }

    [Fact]
    public async Task Upload_Image_IsListedUnderACleanName()
    {
        await using var server = await TestServer.StartAsync(hasSamples: false);
        var bytes = await File.ReadAllBytesAsync(SampleImages.PathOf(SampleImages.Breakfast), TestServer.Cancellation);

        var first = await server.Client.PostAsync(
            "api/v1/images?name=..%2F..%2Fetc%2Fcat%20one.png", new ByteArrayContent(bytes), TestServer.Cancellation);
        var second = await server.Client.PostAsync(
            "api/v1/images?name=cat%20one.png", new ByteArrayContent(bytes), TestServer.Cancellation);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal("uploads/cat-one.png", (string)(await TestServer.JsonAsync(first))["name"]!);
        var item = await TestServer.JsonAsync(second);
        Assert.Equal(("uploads/cat-one-2.png", 480), ((string)item["name"]!, (int)item["width"]!));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(server.Output, "uploads", "cat-one.png"), TestServer.Cancellation));
        Assert.Contains("ready", await server.EncodeAsync((string)item["id"]!), StringComparison.Ordinal);
        Assert.Equal(["uploads"], Directory.GetFileSystemEntries(server.Output).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("photo", "photo.tif")]
    [InlineData("photo.jpg", "photo.tif")]
    [InlineData("photo.TIFF", "photo.tif")]
    [InlineData("..", "image.tif")]
    public async Task Upload_ImageOfAnotherFormatThanItsName_IsKeptUnderItsOwnAndFoundAgain(string name, string expected)
    {
        await using var server = await TestServer.StartAsync(hasSamples: false);
        var bytes = TiffBytes.Make(new ImageSize(24, 16), 1, 8, new byte[24 * 16], Photometric.MINISBLACK);

        var answer = await server.Client.PostAsync(
            $"api/v1/images?name={Uri.EscapeDataString(name)}", new ByteArrayContent(bytes), TestServer.Cancellation);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal($"uploads/{expected}", (string)(await TestServer.JsonAsync(answer))["name"]!);
        var options = new MaskGenWebOptions { OutputFolder = server.Output };
        Assert.Equal([$"uploads/{expected}"], new ImageCatalog(options).All.Select(image => image.Name));
    }

    [Fact]
    public async Task Upload_NoImage_IsRefused()
    {
        var response = await Server.Client.PostAsync(
            "api/v1/images?name=x.png", new ByteArrayContent("<svg/>"u8.ToArray()), TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 415, "not-an-image");
    }

    [Fact]
    public async Task Upload_HeaderOfTooManyPixels_IsRefusedBeforeAnyMemoryIsTaken()
    {
        var before = GC.GetTotalAllocatedBytes();

        var response = await Server.Client.PostAsync(
            "api/v1/images?name=x.png", new ByteArrayContent(Bomb(100_000, 100_000)), TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 413, "too-large");
        Assert.True(GC.GetTotalAllocatedBytes() - before < 100_000_000);
    }

    [Fact]
    public async Task Upload_BodyOfMoreBytes_IsRefused()
    {
        await using var server = await TestServer.StartAsync((options, _) => options.MaximumBodyBytes = 1000);

        var response = await server.Client.PostAsync(
            "api/v1/images?name=x.png", new ByteArrayContent(new byte[1001]), TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 413, "too-large");
    }

    [Fact]
    public async Task Events_TellOfWhatOthersDo()
    {
        using var stream = await Server.Client.GetStreamAsync("api/v1/events", TestServer.Cancellation);
        using var reader = new StreamReader(stream);
        Assert.Equal("event: hello", await reader.ReadLineAsync(TestServer.Cancellation));
        var bytes = await File.ReadAllBytesAsync(SampleImages.PathOf(SampleImages.Breakfast), TestServer.Cancellation);

        await Server.Client.PostAsync("api/v1/images?name=told.png", new ByteArrayContent(bytes), TestServer.Cancellation);

        while (await reader.ReadLineAsync(TestServer.Cancellation) is { } line)
        {
            if (line.Contains("told.png", StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail("The stream has ended.");
    }

    [Fact]
    public async Task OpenApi_NamesEveryAddress()
    {
        var document = await Server.GetAsync("openapi.json");

        Assert.StartsWith("3.", (string)document["openapi"]!, StringComparison.Ordinal);
        string[] expected =
        [
            "/health", "/api/v1/models", "/api/v1/images", "/api/v1/images/{id}", "/api/v1/images/{id}/encode",
            "/api/v1/images/{id}/segment", "/api/v1/images/{id}/everything", "/api/v1/images/{id}/annotations", "/api/v1/export",
        ];
        Assert.All(expected, path => Assert.NotNull(document["paths"]![path]));
        Assert.NotNull(document["paths"]!["/api/v1/images/{id}/segment"]!["post"]!["requestBody"]);
    }

    // A PNG of a few bytes whose header claims many pixels.
    private static byte[] Bomb(int width, int height)
    {
        using var data = new MemoryStream();
        data.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = [0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header, width);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        byte[] chunk = [.. "IHDR"u8, .. header];
        data.Write([0, 0, 0, 13, .. chunk]);
        var crc = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(crc, System.IO.Hashing.Crc32.HashToUInt32(chunk));
        data.Write(crc);
        return data.ToArray();
    }
}
