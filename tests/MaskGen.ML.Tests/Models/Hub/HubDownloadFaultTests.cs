using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Everything that can go wrong on the way, one fault at a time.</summary>
public sealed class HubDownloadFaultTests : HubDownloadTestBase
{
    [Fact]
    public async Task DownloadAsync_CutAgainAndAgain_GoesOnFromThere()
    {
        // More cuts than attempts: each brings enough, so none counts.
        const int Part = 300_000;
        Hub.StoreFault = (_, response) => response with { CutAfter = Part, AnnouncedLength = response.Body.Length };
        var progress = new List<Sam2DownloadProgress>();
        var settings = Hub.Settings(Folder.Path) with
        {
            RetryCount = 1,
            ProgressThatCounts = _ => Part,
            Progress = new Watcher(progress.Add),
        };
        await DownloadAsync(settings);

        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
        Assert.Equal(
            Enumerable.Range(0, Hub.StoreRequests.Count).Select(i => i == 0 ? null : (long?)i * Part),
            Hub.StoreRequests.Select(r => r.RangeStart));
        var weights = progress.Where(p => p.FileName == Weights).ToList();
        Assert.Equal(weights.Select(p => p.BytesDone).Order(), weights.Select(p => p.BytesDone));
        Assert.Equal(Hub.Content(Weights).Length, weights[^1].BytesDone);
        Assert.All(weights, p => Assert.Equal(Hub.Content(Weights).Length, p.BytesTotal));
    }

    [Fact]
    public async Task DownloadAsync_CutWithoutProgress_GivesUpWithWhatItHas()
    {
        Hub.StoreFault = (request, response) =>
            response with { CutAfter = request.RangeStart is null ? 1000 : 0, AnnouncedLength = response.Body.Length };
        var error = await FailAsync(Sam2DownloadFailure.Network, Hub.Settings(Folder.Path) with { RetryCount = 2 });
        Assert.Contains("gave up after 3 attempts", error.Message, StringComparison.Ordinal);
        Assert.Equal(1000, new FileInfo(Partial).Length);
        Assert.False(File.Exists(Blob));
        Assert.Null(new HubCache(Folder.Path).Find(Repository));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    [InlineData(int.MaxValue)]
    public async Task DownloadAsync_PartOfAnEarlierTime_IsTakenOver(int length)
    {
        Folder.Write(Path.GetRelativePath(Folder.Path, Partial), Hub.Content(Weights)[..Math.Min(length, Hub.Content(Weights).Length)]);
        await DownloadAsync();
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
        Assert.Equal(length == int.MaxValue ? [] : [(long?)length], Hub.StoreRequests.Select(r => r.RangeStart));
        Assert.False(File.Exists(Partial));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(3_000_000)]
    public async Task DownloadAsync_WrongPartOfAnEarlierTime_IsFetchedAnew(int length)
    {
        Folder.Write(Path.GetRelativePath(Folder.Path, Partial), new byte[length]);
        await DownloadAsync();
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
        Assert.Null(Hub.StoreRequests[^1].RangeStart);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(416)]
    public async Task DownloadAsync_ServerWithoutRanges_StartsAgain(int status)
    {
        Folder.Write(Path.GetRelativePath(Folder.Path, Partial), Hub.Content(Weights)[..1000]);
        Hub.StoreFault = (request, response) =>
            request.RangeStart is null ? response : new TinyResponse(status, status == 200 ? Hub.Content(Weights) : []);
        await DownloadAsync();
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DownloadAsync_OtherContentThanAnnounced_LeavesNothing()
    {
        Hub.StoreFault = (_, response) =>
        {
            var changed = response.Body.ToArray();
            changed[^1] ^= 1;
            return response with { Body = changed };
        };
        var error = await FailAsync(Sam2DownloadFailure.WrongContent);
        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
        AssertNoWeights();
    }

    [Fact]
    public async Task DownloadAsync_MoreThanAnnounced_Fails()
    {
        Hub.StoreFault = (_, response) => response with { Body = [.. response.Body, 1] };
        await FailAsync(Sam2DownloadFailure.WrongContent);
        Assert.False(File.Exists(Blob));
    }

    [Theory]
    [InlineData(401, "RepoNotFound", false, Sam2DownloadFailure.Unauthorized, "set HF_TOKEN")]
    [InlineData(401, null, true, Sam2DownloadFailure.Unauthorized, "does not accept the token")]
    [InlineData(403, "GatedRepo", true, Sam2DownloadFailure.Forbidden, "Accept the terms")]
    [InlineData(403, null, false, Sam2DownloadFailure.Forbidden, "HF_TOKEN")]
    [InlineData(401, "GatedRepo", false, Sam2DownloadFailure.Forbidden, "Accept the terms")]
    [InlineData(404, "RepoNotFound", false, Sam2DownloadFailure.NotFound, "facebook/sam2-hiera-tiny")]
    [InlineData(404, "RevisionNotFound", false, Sam2DownloadFailure.NotFound, "no revision 'main'")]
    [InlineData(407, null, false, Sam2DownloadFailure.Network, "HTTPS_PROXY")]
    [InlineData(400, null, false, Sam2DownloadFailure.Network, "HF_ENDPOINT")]
    public async Task DownloadAsync_Refused_SaysWhatToDo(int status, string? code, bool token, Sam2DownloadFailure failure, string message)
    {
        Hub.HubFault = _ => new TinyResponse(status, []) { Headers = code is null ? [] : new() { ["X-Error-Code"] = code } };
        var error = await FailAsync(failure, Hub.Settings(Folder.Path, new Sam2DownloadOptions { Token = token ? "hf_secret" : null }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", error.ToString(), StringComparison.Ordinal);
        Assert.Single(Hub.HubRequests);
        Assert.False(Directory.Exists(RepositoryFolder));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    public async Task DownloadAsync_ContentRefused_Fails(int status)
    {
        Hub.StoreFault = (_, _) => new TinyResponse(status, []);
        await FailAsync(status == 403 ? Sam2DownloadFailure.Forbidden : Sam2DownloadFailure.NotFound);
        AssertNoWeights();
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(408)]
    public async Task DownloadAsync_BusyServer_TriesAgain(int status)
    {
        var busy = 0;
        Hub.HubFault = _ => busy++ % 3 < 2 ? new TinyResponse(status, []) { Headers = { ["Retry-After"] = "0" } } : null;
        await DownloadAsync();
        Assert.True(File.Exists(Blob));
    }

    [Fact]
    public async Task DownloadAsync_ServerDown_GivesUp()
    {
        Hub.HubFault = _ => new TinyResponse(502, []);
        var error = await FailAsync(Sam2DownloadFailure.Network, Hub.Settings(Folder.Path) with { RetryCount = 3 });
        Assert.Contains("502", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, Hub.HubRequests.Count);
    }

    [Fact]
    public async Task DownloadAsync_NobodyListens_GivesUp()
    {
        var settings = Hub.Settings(Folder.Path) with { RetryCount = 1 };
        Hub.Dispose();
        var error = await FailAsync(Sam2DownloadFailure.Network, settings);
        Assert.Contains("no connection to 127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_StalledServer_GoesOnFromThere()
    {
        const int Arrived = 5000;
        var time = new StallingTime();
        Hub.StoreFault = (request, response) => request.RangeStart is null
            ? response with { CutAfter = Arrived, AnnouncedLength = response.Body.Length, BeforeCut = clientGone => clientGone }
            : response;

        // The read after the last byte that arrived is the one that waits in vain.
        var progress = new Watcher(p =>
        {
            if (p is { BytesDone: Arrived, Message: null })
            {
                time.ExpireNext();
            }
        });
        var settings = Hub.Settings(Folder.Path) with { Progress = progress };
        await DownloadAsync(settings with { TimeProvider = time, StallTimeout = StallingTime.Timeout, LeastBytesPerSecond = 0 });
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
        Assert.Equal([null, Arrived], Hub.StoreRequests.Select(r => r.RangeStart));
    }

    [Fact]
    public async Task DownloadAsync_NoRoom_FailsBeforeItFetches()
    {
        var error = await FailAsync(Sam2DownloadFailure.DiskFull, Hub.Settings(Folder.Path) with { FreeSpace = _ => 10_000 });
        Assert.Contains("HF_HUB_CACHE", error.Message, StringComparison.Ordinal);
        Assert.Empty(Hub.StoreRequests);
        AssertNoWeights();
    }

    [Fact]
    public async Task DownloadAsync_DiskFullOnTheWay_LeavesNothing()
    {
        var settings = Hub.Settings(Folder.Path);
        var error = await FailAsync(Sam2DownloadFailure.DiskFull, settings with { WrapPartial = stream => new FullDisk(stream, 200_000) });
        Assert.Contains("Make room", error.Message, StringComparison.Ordinal);
        AssertNoWeights();
    }

    [Fact]
    public async Task DownloadAsync_CacheThatCannotBeWritten_Fails()
    {
        var settings = Hub.Settings(Folder.Write("a-file", [1]));
        Assert.Contains("HF_HUB_CACHE", (await FailAsync(Sam2DownloadFailure.Cache, settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_RedirectsInCircles_Fails()
    {
        Hub.HubFault = request => new TinyResponse(307, []) { Headers = { ["Location"] = request.Path } };
        Assert.Contains("in circles", (await FailAsync(Sam2DownloadFailure.Network)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../../etc/passwd", FakeHub.Commit)]
    [InlineData("\"0123456789abcdef\"", "../..")]
    [InlineData(null, FakeHub.Commit)]
    [InlineData("\"0123456789abcdef\"", null)]
    public async Task DownloadAsync_NoHub_Fails(string? etag, string? commit)
    {
        Hub.HubFault = _ =>
        {
            var headers = new Dictionary<string, string>();
            if (etag is not null)
            {
                headers["X-Linked-Etag"] = etag;
            }

            if (commit is not null)
            {
                headers["X-Repo-Commit"] = commit;
            }

            return new TinyResponse(200, []) { Headers = headers };
        };
        Assert.Contains("no Hugging Face hub", (await FailAsync(Sam2DownloadFailure.Network)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_Cancelled_KeepsWhatHasArrived()
    {
        using var cancellation = new CancellationTokenSource();
        Hub.StoreFault = (_, response) =>
            response with { CutAfter = 5000, AnnouncedLength = response.Body.Length, BeforeCut = _ => cancellation.CancelAsync() };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => HubModelDownload.DownloadAsync(Repository, Hub.Settings(Folder.Path), cancellation.Token));
        Assert.False(File.Exists(Blob));

        Hub.StoreFault = (_, response) => response;
        await DownloadAsync();
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
    }

    /// <summary>Takes so many bytes and then has no more room (ENOSPC).</summary>
    private sealed class FullDisk(Stream inner, int room) : MemoryStream
    {
        private int _room = room;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _room -= buffer.Length;
            return _room >= 0 ? inner.WriteAsync(buffer, cancellationToken) : throw new IOException("No space left on device", 28);
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
