using MaskGen.ML.Models;
using MaskGen.ML.Tests.Checkpoints;

namespace MaskGen.ML.Tests.Models.Hub;

public sealed class HubModelDownloadTests : IDisposable
{
    private const string Weights = "model.safetensors";
    private readonly TestFolder _folder = new();
    private readonly FakeHub _hub = FakeHub.WithMicro();
    private readonly HubRepository _repository = new(FakeHub.Name, null);

    private string Repository => _folder["models--someone--sam2-micro"];

    private string Blob => Path.Combine(Repository, "blobs", FakeHub.Sha256(_hub.Content(Weights)));

    private string Partial => Blob + ".incomplete";

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task DownloadAsync_NewModel_GivesTheLayoutOfHuggingFace()
    {
        var model = await DownloadAsync();

        Assert.Equal(Path.Combine(Repository, "snapshots", FakeHub.Commit), model.Folder);
        Assert.Equal(FakeHub.Commit, model.Commit);
        Assert.Equal(_hub.Content(Weights).Length, model.WeightBytes);
        Assert.Equal(FakeHub.Commit, await File.ReadAllTextAsync(Path.Combine(Repository, "refs", "main"), TestContext.Current.CancellationToken));
        foreach (var name in new[] { "config.json", Weights })
        {
            var etag = FakeHub.IsSmall(name) ? FakeHub.GitHash(_hub.Content(name)) : FakeHub.Sha256(_hub.Content(name));
            Assert.Equal($"../../blobs/{etag}", new FileInfo(Path.Combine(model.Folder, name)).LinkTarget);
            Assert.Equal(_hub.Content(name), await File.ReadAllBytesAsync(Path.Combine(model.Folder, name), TestContext.Current.CancellationToken));
        }

        Assert.Equal(2, Directory.GetFiles(Path.Combine(Repository, "blobs")).Length);
        using var opened = Sam2Model.FromFile(model.Folder).Open();
        Assert.Equal(128, opened.Config.ImageSize);
    }

    [Fact]
    public async Task DownloadAsync_Again_AsksButFetchesNothing()
    {
        await DownloadAsync();
        var before = _hub.StoreRequests.Count;
        await DownloadAsync();
        Assert.Equal(before, _hub.StoreRequests.Count);
        Assert.All(_hub.HubRequests.TakeLast(2), r => Assert.Equal("HEAD", r.Method));
    }

    [Fact]
    public async Task GetAsync_InTheCache_AsksNobody()
    {
        await DownloadAsync();
        var before = _hub.HubRequests.Count;
        var model = await HubModelDownload.GetAsync(_repository, _hub.Settings(_folder.Path), TestContext.Current.CancellationToken);
        Assert.Equal(FakeHub.Commit, model.Commit);
        Assert.Equal(before, _hub.HubRequests.Count);

        var byCommit = await HubModelDownload.GetAsync(new HubRepository(FakeHub.Name, FakeHub.Commit), _hub.Settings(_folder.Path), TestContext.Current.CancellationToken);
        Assert.Equal(model, byCommit);
        Assert.Equal(before, _hub.HubRequests.Count);
    }

    [Fact]
    public async Task DownloadAsync_WithToken_TellsItTheHubAlone()
    {
        await DownloadAsync(_hub.Settings(_folder.Path, new Sam2DownloadOptions { Token = "hf_secret" }));
        Assert.All(_hub.HubRequests, r => Assert.Equal("Bearer hf_secret", r.Headers["authorization"]));
        Assert.NotEmpty(_hub.StoreRequests);
        Assert.All(_hub.StoreRequests, r => Assert.DoesNotContain("authorization", r.Headers.Keys));
    }

    [Fact]
    public async Task DownloadAsync_CutAgainAndAgain_GoesOnFromThere()
    {
        // More cuts than attempts: each brings something, so none counts.
        const int Part = 300_000;
        _hub.StoreFault = (_, response) => response with { CutAfter = Part, AnnouncedLength = response.Body.Length };
        var progress = new List<Sam2DownloadProgress>();
        var settings = _hub.Settings(_folder.Path, new Sam2DownloadOptions { Progress = new Collector(progress) }) with { RetryCount = 1 };
        await DownloadAsync(settings);

        Assert.Equal(_hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
        Assert.Equal(Enumerable.Range(0, _hub.StoreRequests.Count).Select(i => i == 0 ? null : (long?)i * Part), _hub.StoreRequests.Select(r => r.RangeStart));
        var weights = progress.Where(p => p.FileName == Weights).ToList();
        Assert.Equal(weights.Select(p => p.BytesDone).Order(), weights.Select(p => p.BytesDone));
        Assert.Equal(_hub.Content(Weights).Length, weights[^1].BytesDone);
        Assert.All(weights, p => Assert.Equal(_hub.Content(Weights).Length, p.BytesTotal));
    }

    [Fact]
    public async Task DownloadAsync_CutWithoutProgress_GivesUpWithWhatItHas()
    {
        _hub.StoreFault = (request, response) => response with { CutAfter = request.RangeStart is null ? 1000 : 0, AnnouncedLength = response.Body.Length };
        var error = await FailAsync(Sam2DownloadFailure.Network, _hub.Settings(_folder.Path) with { RetryCount = 2 });
        Assert.Contains("gave up after 3 attempts", error.Message, StringComparison.Ordinal);
        Assert.Equal(1000, new FileInfo(Partial).Length);
        Assert.False(File.Exists(Blob));
        Assert.Null(new HubCache(_folder.Path).Find(_repository));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    [InlineData(int.MaxValue)]
    public async Task DownloadAsync_PartOfAnEarlierTime_IsTakenOver(int length)
    {
        _folder.Write(Path.GetRelativePath(_folder.Path, Partial), _hub.Content(Weights)[..Math.Min(length, _hub.Content(Weights).Length)]);
        await DownloadAsync();
        Assert.Equal(_hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
        Assert.Equal(length == int.MaxValue ? [] : [(long?)length], _hub.StoreRequests.Select(r => r.RangeStart));
        Assert.False(File.Exists(Partial));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(3_000_000)]
    public async Task DownloadAsync_WrongPartOfAnEarlierTime_IsFetchedAnew(int length)
    {
        _folder.Write(Path.GetRelativePath(_folder.Path, Partial), new byte[length]);
        await DownloadAsync();
        Assert.Equal(_hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
        Assert.Null(_hub.StoreRequests[^1].RangeStart);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(416)]
    public async Task DownloadAsync_ServerWithoutRanges_StartsAgain(int status)
    {
        _folder.Write(Path.GetRelativePath(_folder.Path, Partial), _hub.Content(Weights)[..1000]);
        _hub.StoreFault = (request, response) => request.RangeStart is null ? response : new TinyResponse(status, status == 200 ? _hub.Content(Weights) : []);
        await DownloadAsync();
        Assert.Equal(_hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DownloadAsync_OtherContentThanAnnounced_LeavesNothing()
    {
        _hub.StoreFault = (_, response) =>
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
        _hub.StoreFault = (_, response) => response with { Body = [.. response.Body, 1] };
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
        _hub.HubFault = _ => new TinyResponse(status, []) { Headers = code is null ? [] : new() { ["X-Error-Code"] = code } };
        var error = await FailAsync(failure, _hub.Settings(_folder.Path, new Sam2DownloadOptions { Token = token ? "hf_secret" : null }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", error.ToString(), StringComparison.Ordinal);
        Assert.Single(_hub.HubRequests);
        Assert.False(Directory.Exists(Repository));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    public async Task DownloadAsync_ContentRefused_Fails(int status)
    {
        _hub.StoreFault = (_, _) => new TinyResponse(status, []);
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
        _hub.HubFault = _ => busy++ % 3 < 2 ? new TinyResponse(status, []) { Headers = { ["Retry-After"] = "0" } } : null;
        await DownloadAsync();
        Assert.True(File.Exists(Blob));
    }

    [Fact]
    public async Task DownloadAsync_ServerDown_GivesUp()
    {
        _hub.HubFault = _ => new TinyResponse(502, []);
        var error = await FailAsync(Sam2DownloadFailure.Network, _hub.Settings(_folder.Path) with { RetryCount = 3 });
        Assert.Contains("502", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, _hub.HubRequests.Count);
    }

    [Fact]
    public async Task DownloadAsync_NobodyListens_GivesUp()
    {
        var settings = _hub.Settings(_folder.Path) with { RetryCount = 1 };
        _hub.Dispose();
        var error = await FailAsync(Sam2DownloadFailure.Network, settings);
        Assert.Contains("no connection to 127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_StalledServer_GoesOnFromThere()
    {
        var time = new StallingTime();
        _hub.StoreFault = (request, response) => request.RangeStart is null
            ? response with { CutAfter = 5000, AnnouncedLength = response.Body.Length, BeforeCut = time.PassUntilAsync }
            : response;

        // Time also passes for the requests right after the stall, before the server sees the client go: allow for those.
        await DownloadAsync(_hub.Settings(_folder.Path) with { TimeProvider = time, StallTimeout = StallingTime.Timeout, RetryCount = 1000 });
        Assert.Equal(_hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
        Assert.True(_hub.StoreRequests.Count >= 2);
    }

    [Fact]
    public async Task DownloadAsync_NoRoom_FailsBeforeItFetches()
    {
        var error = await FailAsync(Sam2DownloadFailure.DiskFull, _hub.Settings(_folder.Path) with { FreeSpace = _ => 10_000 });
        Assert.Contains("HF_HUB_CACHE", error.Message, StringComparison.Ordinal);
        Assert.Empty(_hub.StoreRequests);
        AssertNoWeights();
    }

    [Fact]
    public async Task DownloadAsync_DiskFullOnTheWay_LeavesNothing()
    {
        var settings = _hub.Settings(_folder.Path);
        var error = await FailAsync(Sam2DownloadFailure.DiskFull, settings with { OpenPartial = path => new FullDisk(settings.OpenPartial(path), 200_000) });
        Assert.Contains("Make room", error.Message, StringComparison.Ordinal);
        AssertNoWeights();
    }

    [Fact]
    public async Task DownloadAsync_CacheThatCannotBeWritten_Fails()
    {
        var settings = _hub.Settings(_folder.Write("a-file", [1]));
        Assert.Contains("HF_HUB_CACHE", (await FailAsync(Sam2DownloadFailure.Cache, settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_Offline_UsesTheCacheOrSaysSo()
    {
        var offline = _hub.Settings(_folder.Path, new Sam2DownloadOptions { Offline = true });
        Assert.Contains("HF_HUB_OFFLINE", (await FailAsync(Sam2DownloadFailure.Offline, offline)).Message, StringComparison.Ordinal);
        Assert.Empty(_hub.HubRequests);

        await DownloadAsync();
        var before = _hub.HubRequests.Count;
        Assert.Equal(FakeHub.Commit, (await DownloadAsync(offline)).Commit);
        Assert.Equal(before, _hub.HubRequests.Count);
    }

    [Fact]
    public async Task DownloadAsync_RenamedRepository_IsFollowed()
    {
        _hub.HubFault = request => request.Path.StartsWith("/old/name/", StringComparison.Ordinal)
            ? new TinyResponse(307, []) { Headers = { ["Location"] = request.Path.Replace("/old/name/", $"/{FakeHub.Name}/", StringComparison.Ordinal) } }
            : null;
        var model = await HubModelDownload.DownloadAsync(new HubRepository("old/name", null), _hub.Settings(_folder.Path), TestContext.Current.CancellationToken);
        Assert.Equal(_folder["models--old--name/snapshots/" + FakeHub.Commit], model.Folder);
    }

    [Fact]
    public async Task DownloadAsync_RedirectsInCircles_Fails()
    {
        _hub.HubFault = request => new TinyResponse(307, []) { Headers = { ["Location"] = request.Path } };
        Assert.Contains("in circles", (await FailAsync(Sam2DownloadFailure.Network)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../../etc/passwd", FakeHub.Commit)]
    [InlineData("\"0123456789abcdef\"", "../..")]
    [InlineData(null, FakeHub.Commit)]
    [InlineData("\"0123456789abcdef\"", null)]
    public async Task DownloadAsync_NoHub_Fails(string? etag, string? commit)
    {
        _hub.HubFault = _ =>
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
    public async Task DownloadAsync_MetaFileOnly_IsTaken()
    {
        using var hub = new FakeHub();
        hub.Add("config.json", _hub.Content("config.json"));
        hub.Add("README.md", [1]);
        hub.Add("sam2_micro.pt", await File.ReadAllBytesAsync(Fixture.Path("micro/micro.pt"), TestContext.Current.CancellationToken));
        var model = await HubModelDownload.DownloadAsync(_repository, hub.Settings(_folder.Path), TestContext.Current.CancellationToken);
        using var opened = Sam2Model.FromFile(model.Folder).Open();
        Assert.Equal(261, opened.Weights.Tensors.Count);
    }

    [Fact]
    public async Task DownloadAsync_NoWeights_SaysWhatIsThere()
    {
        using var hub = new FakeHub();
        hub.Add("README.md", [1]);
        hub.Add("../escape.pt", [1]);
        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => HubModelDownload.DownloadAsync(_repository, hub.Settings(_folder.Path), TestContext.Current.CancellationToken));
        Assert.Equal(Sam2DownloadFailure.NotFound, error.Failure);
        Assert.Contains("README.md", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_Cancelled_KeepsWhatHasArrived()
    {
        using var cancellation = new CancellationTokenSource();
        _hub.StoreFault = (_, response) => response with { CutAfter = 5000, AnnouncedLength = response.Body.Length, BeforeCut = _ => cancellation.CancelAsync() };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HubModelDownload.DownloadAsync(_repository, _hub.Settings(_folder.Path), cancellation.Token));
        Assert.False(File.Exists(Blob));

        _hub.StoreFault = (_, response) => response;
        await DownloadAsync();
        Assert.Equal(_hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DownloadAsync_EightAtOnce_FetchOnce()
    {
        var models = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => DownloadAsync())));
        Assert.Single(models.Distinct());
        Assert.Single(_hub.StoreRequests);
    }

    [Fact]
    public async Task FromPretrained_NotInTheCache_DownloadsWhenOpened()
    {
        var options = new Sam2DownloadOptions { CacheFolder = _folder.Path, Endpoint = _hub.Endpoint };
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: options);
        Assert.Equal(FakeHub.Name, model.Name);
        Assert.Empty(_hub.HubRequests);
        Assert.Null(Sam2Hub.FindCached(FakeHub.Name, options: options));

        await Task.Run(() => model.Open().Dispose(), TestContext.Current.CancellationToken);
        var cached = Assert.Single(Sam2Hub.ListCached(options));
        Assert.Equal(FakeHub.Name, cached.Name);
        Assert.Equal(cached, Sam2Hub.FindCached(FakeHub.Name, options: options));
    }

    private Task<Sam2CachedModel> DownloadAsync(HubSettings? settings = null) =>
        HubModelDownload.DownloadAsync(_repository, settings ?? _hub.Settings(_folder.Path), TestContext.Current.CancellationToken);

    private async Task<Sam2DownloadException> FailAsync(Sam2DownloadFailure failure, HubSettings? settings = null)
    {
        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => DownloadAsync(settings));
        Assert.Equal(failure, error.Failure);
        return error;
    }

    private void AssertNoWeights()
    {
        Assert.False(File.Exists(Blob));
        Assert.False(File.Exists(Partial));
        Assert.Null(new HubCache(_folder.Path).Find(_repository));
    }

    private sealed class Collector(List<Sam2DownloadProgress> reports) : IProgress<Sam2DownloadProgress>
    {
        public void Report(Sam2DownloadProgress value) => reports.Add(value);
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
