using System.IO.Compression;
using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Hubs that trickle, stall, or pack what nobody asked them to.</summary>
public sealed class HubSlowHubTests : HubDownloadTestBase
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task DownloadAsync_FewBytesPerAttempt_GivesUp(int bytes)
    {
        Hub.StoreFault = (_, response) => response with { CutAfter = bytes, AnnouncedLength = response.Body.Length };

        var error = await FailAsync(Sam2DownloadFailure.Network);

        Assert.Contains("gave up after 6 attempts", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, Hub.StoreRequests.Count);
        Assert.Equal(6 * bytes, new FileInfo(Partial).Length);
    }

    [Fact]
    public async Task DownloadAsync_EnoughInSixAttempts_GoesOnButNotForEver()
    {
        // Half a share per attempt: two of them are worth going on, and there are at most six per share.
        const int Share = 500_000;
        Hub.StoreFault = (_, response) => response with { CutAfter = Share / 2, AnnouncedLength = response.Body.Length };
        await DownloadAsync(Hub.Settings(Folder.Path) with { ProgressThatCounts = _ => Share });
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));
    }

    [Fact]
    public async Task DownloadAsync_ServerThatAlwaysStartsAgain_GivesUp()
    {
        // It does not know ranges, and always breaks off at the same place.
        const int Cut = 1_000_000;
        var content = Hub.Content(Weights);
        Hub.StoreFault = (_, _) => new TinyResponse(200, content) { CutAfter = Cut, AnnouncedLength = content.Length };
        await FailAsync(Sam2DownloadFailure.Network, Hub.Settings(Folder.Path) with { ProgressThatCounts = _ => 1000 });
        Assert.InRange(Hub.StoreRequests.Count, 6, 12);
    }

    [Property]
    public bool ProgressThatCounts_EverySize_BoundsTheAttempts(PositiveInt size, byte shift)
    {
        var bytes = (long)size.Get << (shift % 32);
        return bytes / Hub.Settings(Folder.Path).ProgressThatCounts(bytes) <= 256;
    }

    [Fact]
    public async Task DownloadAsync_SlowerThanTheLeastRate_GivesUp()
    {
        // Every look at the clock is a second later.
        var settings = Hub.Settings(Folder.Path) with
        {
            TimeProvider = new StallingTime(),
            StallTimeout = StallingTime.Timeout,
            RateWindow = TimeSpan.FromSeconds(10),
            LeastBytesPerSecond = 1 << 30,
            ProgressThatCounts = _ => 1,
            RetryCount = 1,
        };

        var error = await FailAsync(Sam2DownloadFailure.Network, settings);

        Assert.Contains("127.0.0.1 is too slow", error.Message, StringComparison.Ordinal);
        Assert.Contains("1,073,741,824 bytes per second", error.Message, StringComparison.Ordinal);
        await DownloadAsync(settings with { LeastBytesPerSecond = 1 });
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("api")]
    public async Task DownloadAsync_HubThatStalls_IsGivenUp(string where)
    {
        var time = new StallingTime();
        using var hub = new FakeHub();
        hub.Add("config.json", Hub.Content("config.json"));
        hub.HubFault = request => request.Method == "GET" && request.Path.Contains(where, StringComparison.Ordinal)
            ? Stall(time, new TinyResponse(200, new byte[100]))
            : null;
        hub.Add("sam2_micro.pt", [1]);
        var settings = hub.Settings(Folder.Path) with
        {
            TimeProvider = time,
            StallTimeout = StallingTime.Timeout,
            LeastBytesPerSecond = 0,
            RetryCount = 1,
        };

        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => HubModelDownload.DownloadAsync(Repository, settings, TestToken));

        Assert.Contains("nothing arrived from 127.0.0.1 for 12345 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("2 attempts", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task DownloadAsync_PackedWithoutBeingAsked_IsUnpacked(string encoding)
    {
        Hub.StoreFault = (_, _) => Packed(Hub.Content(Weights), encoding);
        await DownloadAsync();
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));
        Assert.Single(Hub.StoreRequests);
    }

    [Fact]
    public async Task DownloadAsync_PackedAfterACut_StartsAgain()
    {
        Folder.Write(Path.GetRelativePath(Folder.Path, Partial), Hub.Content(Weights)[..1000]);
        Hub.StoreFault = (request, _) => Packed(Hub.Content(Weights), "gzip") with { Status = request.RangeStart is null ? 200 : 206 };
        await DownloadAsync();
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));
    }

    [Fact]
    public async Task DownloadAsync_PackedBomb_StopsAtTheSize()
    {
        Hub.StoreFault = (_, _) => Packed(new byte[50_000_000], "gzip");
        Assert.Contains("found more", (await FailAsync(Sam2DownloadFailure.WrongContent)).Message, StringComparison.Ordinal);
        AssertNoWeights();
    }

    [Fact]
    public async Task DownloadAsync_PackedAndDamaged_GivesUp()
    {
        Hub.StoreFault = (_, _) => new TinyResponse(200, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) { Headers = { ["Content-Encoding"] = "gzip" } };
        Assert.Contains("damaged", (await FailAsync(Sam2DownloadFailure.Network)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, gzip")]
    [InlineData("compress")]
    public async Task DownloadAsync_PackedInAnUnknownWay_IsRefusedAtOnce(string encoding)
    {
        Hub.StoreFault = (_, response) => response with { Headers = new() { ["Content-Encoding"] = encoding } };
        var error = await FailAsync(Sam2DownloadFailure.Network);
        Assert.Contains($"encoded as '{encoding}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(Weights, error.Message, StringComparison.Ordinal);
        Assert.Single(Hub.StoreRequests);
    }

    [Fact]
    public async Task DownloadAsync_SizeOfPackedFileOnly_IsRefusedAtOnce()
    {
        var content = Hub.Content("config.json");
        Hub.HubFault = request => request.Path.EndsWith("config.json", StringComparison.Ordinal)
            ? Packed(content, "gzip") with
            {
                Headers = new()
                {
                    ["Content-Encoding"] = "gzip",
                    ["ETag"] = $"\"{FakeHub.GitHash(content)}\"",
                    ["X-Repo-Commit"] = FakeHub.Commit,
                },
            }
            : null;
        Assert.Contains("encoded as 'gzip'", (await FailAsync(Sam2DownloadFailure.Network)).Message, StringComparison.Ordinal);
        Assert.Single(Hub.HubRequests);
    }

    [Fact]
    public async Task DownloadAsync_PackedList_IsUnpacked()
    {
        using var hub = new FakeHub();
        var list = """{"siblings": [{"rfilename": "sam2_micro.pt"}]}"""u8.ToArray();
        hub.Add("sam2_micro.pt", await File.ReadAllBytesAsync(Fixture.Path("micro/micro.pt"), TestToken));
        hub.HubFault = request => request.Path.StartsWith("/api/", StringComparison.Ordinal) ? Packed(list, "br") : null;
        await DownloadFromAsync(hub);
        Assert.True(File.Exists(SnapshotFile("sam2_micro.pt")));
    }

    private static TinyResponse Packed(byte[] content, string encoding)
    {
        using var packed = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            stream.Write(content);
        }

        return new TinyResponse(200, packed.ToArray()) { Headers = { ["Content-Encoding"] = encoding } };
    }

    // Sends the head and nothing more; the client's next timeout runs out.
    private static TinyResponse Stall(StallingTime time, TinyResponse response)
    {
        time.ExpireNext();
        return response with { CutAfter = 0, BeforeCut = clientGone => clientGone };
    }
}
