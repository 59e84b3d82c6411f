using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

public sealed class HubModelDownloadTests : HubDownloadTestBase
{
    [Fact]
    public async Task DownloadAsync_NewModel_GivesTheLayoutOfHuggingFace()
    {
        var model = await DownloadAsync();

        Assert.Equal(Path.Combine(RepositoryFolder, "snapshots", FakeHub.Commit), model.Folder);
        Assert.Equal(FakeHub.Commit, model.Commit);
        Assert.Equal(Hub.Content(Weights).Length, model.WeightBytes);
        Assert.Equal(
            FakeHub.Commit,
            await File.ReadAllTextAsync(Path.Combine(RepositoryFolder, "refs", "main"), TestContext.Current.CancellationToken));
        foreach (var name in new[] { "config.json", Weights })
        {
            var etag = FakeHub.IsSmall(name) ? FakeHub.GitHash(Hub.Content(name)) : FakeHub.Sha256(Hub.Content(name));
            Assert.Equal($"../../blobs/{etag}", new FileInfo(Path.Combine(model.Folder, name)).LinkTarget);
            Assert.Equal(
                Hub.Content(name), await File.ReadAllBytesAsync(Path.Combine(model.Folder, name), TestContext.Current.CancellationToken));
        }

        Assert.Equal(2, Directory.GetFiles(Path.Combine(RepositoryFolder, "blobs")).Length);
        using var opened = Sam2Model.FromFile(model.Folder).Open();
        Assert.Equal(128, opened.Config.ImageSize);
    }

    [Fact]
    public async Task DownloadAsync_Again_AsksButFetchesNothing()
    {
        await DownloadAsync();
        var before = Hub.StoreRequests.Count;
        await DownloadAsync();
        Assert.Equal(before, Hub.StoreRequests.Count);
        Assert.All(Hub.HubRequests.TakeLast(3), r => Assert.Equal("HEAD", r.Method));
    }

    [Fact]
    public async Task GetAsync_InTheCache_AsksNobody()
    {
        await DownloadAsync();
        var before = Hub.HubRequests.Count;
        var model = await GetAsync();
        Assert.Equal(FakeHub.Commit, model.Commit);
        Assert.Equal(before, Hub.HubRequests.Count);

        var pinned = new HubRepository(FakeHub.Name, FakeHub.Commit);
        var byCommit = await HubModelDownload.GetAsync(pinned, Hub.Settings(Folder.Path), TestToken);
        Assert.Equal(model, byCommit.ToModel());
        Assert.Equal(before, Hub.HubRequests.Count);
    }

    [Fact]
    public async Task DownloadAsync_WithToken_TellsItTheHubAlone()
    {
        await DownloadAsync(Hub.Settings(Folder.Path, new Sam2DownloadOptions { Token = "hf_secret" }));
        Assert.All(Hub.HubRequests, r => Assert.Equal("Bearer hf_secret", r.Headers["authorization"]));
        Assert.NotEmpty(Hub.StoreRequests);
        Assert.All(Hub.StoreRequests, r => Assert.DoesNotContain("authorization", r.Headers.Keys));
    }

    [Fact]
    public async Task DownloadAsync_Offline_UsesTheCacheOrSaysSo()
    {
        var offline = Hub.Settings(Folder.Path) with { OfflineBecauseOf = "HF_HUB_OFFLINE" };
        var error = await FailAsync(Sam2DownloadFailure.Offline, offline);
        Assert.Contains("HF_HUB_OFFLINE", error.Message, StringComparison.Ordinal);
        Assert.Contains("Sam2Hub.DownloadAsync", error.Message, StringComparison.Ordinal);
        Assert.Empty(Hub.HubRequests);

        // Whoever types commands is told of commands.
        error = await FailAsync(Sam2DownloadFailure.Offline, offline with { IsOfCommandLine = true });
        Assert.Contains("'maskgen models pull ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Sam2Hub", error.Message, StringComparison.Ordinal);

        await DownloadAsync();
        var before = Hub.HubRequests.Count;
        Assert.Equal(FakeHub.Commit, (await DownloadAsync(offline)).Commit);
        Assert.Equal(before, Hub.HubRequests.Count);
    }

    [Fact]
    public async Task DownloadAsync_RenamedRepository_IsFollowed()
    {
        Hub.HubFault = request => request.Path.StartsWith("/old/name/", StringComparison.Ordinal)
            ? new TinyResponse(
                307, []) { Headers = { ["Location"] = request.Path.Replace("/old/name/", $"/{FakeHub.Name}/", StringComparison.Ordinal) } }
            : null;
        var model = await HubModelDownload.DownloadAsync(
            new HubRepository("old/name", null), Hub.Settings(Folder.Path), TestContext.Current.CancellationToken);
        Assert.Equal(Folder["models--old--name/snapshots/" + FakeHub.Commit], model.Folder);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DownloadAsync_StoreAtTheHubsOwnAddress_IsFollowed(bool relative)
    {
        var content = Hub.Content(Weights);
        Hub.HubFault = request => request.Path switch
        {
            "/store" => new TinyResponse(200, content) { Headers = { ["ETag"] = "\"of-the-store\"" } },
            _ when request.Path.EndsWith(Weights, StringComparison.Ordinal) => new TinyResponse(302, [])
            {
                Headers =
                {
                    ["Location"] = relative ? "/store" : $"{Hub.Endpoint}store",
                    ["X-Repo-Commit"] = FakeHub.Commit,
                    ["X-Linked-Etag"] = $"\"{FakeHub.Sha256(content)}\"",
                    ["X-Linked-Size"] = $"{content.Length}",
                },
            },
            _ => null,
        };
        await DownloadAsync();
        Assert.Equal(content, await File.ReadAllBytesAsync(Blob, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DownloadAsync_MetaFileOnly_IsTaken()
    {
        using var hub = new FakeHub();
        hub.Add("config.json", Hub.Content("config.json"));
        hub.Add("README.md", [1]);
        hub.Add("sam2_micro.pt", await File.ReadAllBytesAsync(Fixture.Path("micro/micro.pt"), TestContext.Current.CancellationToken));
        var model = await HubModelDownload.DownloadAsync(Repository, hub.Settings(Folder.Path), TestContext.Current.CancellationToken);
        using var opened = Sam2Model.FromFile(model.Folder).Open();
        Assert.Equal(261, opened.Weights.Tensors.Count);
    }

    [Fact]
    public async Task DownloadAsync_NoWeights_SaysWhatIsThere()
    {
        using var hub = new FakeHub();
        hub.Add("README.md", [1]);
        hub.Add("../escape.pt", [1]);
        var error = await Assert.ThrowsAsync<Sam2DownloadException>(
            () => HubModelDownload.DownloadAsync(Repository, hub.Settings(Folder.Path), TestContext.Current.CancellationToken));
        Assert.Equal(Sam2DownloadFailure.NotFound, error.Failure);
        Assert.Contains("README.md", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_SmallFileThatIsNotWhatGitSays_IsNotKept()
    {
        // A portal that answers everything with its own page, here as long as the file.
        var page = new byte[Hub.Content("config.json").Length];
        var hash = FakeHub.GitHash(Hub.Content("config.json"));
        Hub.HubFault = request =>
            request.Method == "GET" && request.Path.EndsWith("config.json", StringComparison.Ordinal) ? new TinyResponse(200, page) : null;

        var error = await FailAsync(Sam2DownloadFailure.WrongContent);

        Assert.Contains($"expected git's SHA-1 {hash}", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(RepositoryFolder, "blobs")));
        Hub.HubFault = _ => null;
        await DownloadAsync();
        Assert.Equal(
            Hub.Content("config.json"),
            await File.ReadAllBytesAsync(Path.Combine(RepositoryFolder, "blobs", hash), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DownloadAsync_BlobThatSomebodyDeleted_IsFetchedAgain()
    {
        await DownloadAsync();
        File.Delete(Blob);

        Assert.Null(new HubCache(Folder.Path).Find(Repository));
        Assert.Empty(new HubCache(Folder.Path).All());

        await HubModelDownload.GetAsync(Repository, Hub.Settings(Folder.Path), TestContext.Current.CancellationToken);
        Assert.True(File.Exists(Blob));
    }

    [Fact]
    public async Task DownloadAsync_AllThereAlready_WritesNothing()
    {
        await DownloadAsync();
        var reference = Path.Combine(RepositoryFolder, "refs", "main");
        File.SetLastWriteTimeUtc(reference, DateTime.UnixEpoch);

        await DownloadAsync();

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(reference));
    }

    [Fact]
    public async Task DownloadAsync_WeightsThatAreOnlyListed_SaysSo()
    {
        Hub.HubFault = request => request.Path.StartsWith("/api/", StringComparison.Ordinal)
            ? new TinyResponse(200, "{\"siblings\":[{\"rfilename\":\"gone.pt\"}]}"u8.ToArray())
            : request.Path.EndsWith(Weights, StringComparison.Ordinal)
                ? new TinyResponse(404, []) { Headers = { ["X-Error-Code"] = "EntryNotFound" } }
                : null;

        Assert.Contains("gone.pt", (await FailAsync(Sam2DownloadFailure.NotFound)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_ListThatIsCut_IsAskedForAgain()
    {
        using var hub = new FakeHub();
        hub.Add("sam2_micro.pt", await File.ReadAllBytesAsync(Fixture.Path("micro/micro.pt"), TestContext.Current.CancellationToken));
        var asked = 0;
        hub.HubFault = request => request.Path.StartsWith("/api/", StringComparison.Ordinal) && asked++ == 0
            ? new TinyResponse(200, "{\"siblings\":["u8.ToArray()) { AnnouncedLength = 1000, CutAfter = 5 }
            : null;

        await HubModelDownload.DownloadAsync(Repository, hub.Settings(Folder.Path), TestContext.Current.CancellationToken);

        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task DownloadAsync_ListThatIsFarTooLong_IsRefusedAtOnce()
    {
        using var hub = new FakeHub();
        var asked = 0;
        hub.HubFault = request =>
            request.Path.StartsWith("/api/", StringComparison.Ordinal) && ++asked > 0 ? new TinyResponse(200, new byte[9 << 20]) : null;

        var error = await Assert.ThrowsAsync<Sam2DownloadException>(
            () => HubModelDownload.DownloadAsync(Repository, hub.Settings(Folder.Path), TestContext.Current.CancellationToken));

        Assert.Contains("expected a list of files", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task PrepareAsync_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        Hub.StoreFault = (_, response) =>
        {
            source.Cancel();
            return response;
        };
        var model = Sam2Model.FromPretrained(FakeHub.Name, null, Options);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.PrepareAsync(null, source.Token));
        Assert.False(File.Exists(Blob));
    }

    [Fact]
    public async Task DownloadAsync_EightAtOnce_FetchOnce()
    {
        var models = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => DownloadAsync())));
        Assert.Single(models.Distinct());
        Assert.Single(Hub.StoreRequests);
    }

    [Fact]
    public async Task FromPretrained_NotInTheCache_DownloadsWhenOpened()
    {
        var options = new Sam2DownloadOptions { CacheFolder = Folder.Path, Endpoint = Hub.Endpoint };
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: options);
        Assert.Equal(FakeHub.Name, model.Name);
        Assert.Empty(Hub.HubRequests);
        Assert.Null(Sam2Hub.FindCached(FakeHub.Name, options: options));

        await Task.Run(() => model.Open().Dispose(), TestContext.Current.CancellationToken);
        var cached = Assert.Single(Sam2Hub.ListCached(options));
        Assert.Equal(FakeHub.Name, cached.Name);
        Assert.Equal(cached, Sam2Hub.FindCached(FakeHub.Name, options: options));
    }
}
