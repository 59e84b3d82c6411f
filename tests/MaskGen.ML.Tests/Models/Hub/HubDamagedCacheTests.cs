using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Files of the cache that are not what the hub has: cut, emptied, changed.</summary>
public sealed class HubDamagedCacheTests : HubDownloadTestBase
{
    private const string Configuration = "config.json";

    public static TheoryData<string, int> Cuts => new()
    {
        { Weights, 0 },
        { Weights, 1 },
        { Weights, 1000 },
        { Weights, -1 },
        { Configuration, 0 },
        { Configuration, 10 },
        { Configuration, -1 },
        { "maskgen.json", 5 },
    };

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task DownloadAsync_CutFile_IsDownloadedAgain(string name, int length)
    {
        await FillAsync();
        Cut(name, length);

        await DownloadAsync();

        Assert.Equal(Hub.Content(name), await File.ReadAllBytesAsync(SnapshotFile(name), TestToken));
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task GetAsync_CutFile_IsDownloadedAgain(string name, int length)
    {
        await FillAsync();
        Cut(name, length);
        Assert.Null(Sam2Hub.FindCached(FakeHub.Name, options: Options));
        Assert.Empty(Sam2Hub.ListCached(Options));
        var messages = new List<string?>();

        await GetAsync(Hub.Settings(Folder.Path) with { Progress = new Watcher(p => messages.Add(p.Message)) });

        Assert.Equal(Hub.Content(name), await File.ReadAllBytesAsync(SnapshotFile(name), TestToken));
        Assert.NotNull(Sam2Hub.FindCached(FakeHub.Name, options: Options));
        Assert.Contains(messages, m => m?.Contains("damaged", StringComparison.Ordinal) == true);
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task GetAsync_CutFileOffline_NamesIt(string name, int length)
    {
        await FillAsync();
        Cut(name, length);
        var offline = Hub.Settings(Folder.Path) with { OfflineBecauseOf = "TRANSFORMERS_OFFLINE" };
        var before = Hub.HubRequests.Count;

        foreach (var attempt in new Func<Task>[] { () => GetAsync(offline), () => DownloadAsync(offline) })
        {
            var error = await Assert.ThrowsAsync<Sam2DownloadException>(attempt);
            Assert.Equal(Sam2DownloadFailure.WrongContent, error.Failure);
            Assert.Contains(SnapshotFile(name), error.Message, StringComparison.Ordinal);
            Assert.Contains("found", error.Message, StringComparison.Ordinal);
            Assert.Contains("TRANSFORMERS_OFFLINE", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, Hub.HubRequests.Count);
    }

    [Fact]
    public async Task GetAsync_CutFileAndHubDown_NamesBoth()
    {
        await FillAsync();
        Cut(Weights, 1000);
        Hub.HubFault = _ => new TinyResponse(503, []);

        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => GetAsync(Hub.Settings(Folder.Path) with { RetryCount = 1 }));

        Assert.Contains(SnapshotFile(Weights), error.Message, StringComparison.Ordinal);
        Assert.Contains("found 1,000 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("503", error.Message, StringComparison.Ordinal);
        Assert.Equal(1000, new FileInfo(Blob).Length);

        Hub.HubFault = _ => null;
        await GetAsync();
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));
    }

    [Fact]
    public async Task GetAsync_CutFileOfAnOldCommit_ComesFromThatCommit()
    {
        await FillAsync();
        Cut(Weights, 1000);
        Hub.HubFault = request => request.Path.Contains("/resolve/main/", StringComparison.Ordinal) ? new TinyResponse(500, []) : null;

        Assert.Equal(FakeHub.Commit, (await GetAsync()).Commit);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5000)]
    [InlineData(-1)]
    public async Task GetAsync_CutTorchFile_IsDownloadedAgain(int length)
    {
        using var hub = new FakeHub();
        hub.Add(Configuration, Hub.Content(Configuration));
        hub.Add("sam2_micro.pt", await File.ReadAllBytesAsync(Fixture.Path("micro/micro.pt"), TestToken));
        await DownloadFromAsync(hub);
        var content = hub.Content("sam2_micro.pt");
        await File.WriteAllBytesAsync(SnapshotFile("sam2_micro.pt"), content[..(length < 0 ? content.Length + length : length)], TestToken);
        Assert.Null(new HubCache(Folder.Path).Find(Repository));

        await GetAsync(hub.Settings(Folder.Path));

        Assert.Equal(content, await File.ReadAllBytesAsync(SnapshotFile("sam2_micro.pt"), TestToken));
    }

    [Fact]
    public async Task GetAsync_ChangedFileOfTheSameLength_IsFoundByItsHash()
    {
        await FillAsync();
        await ChangeAsync(Weights, content => content[^1000] ^= 1);
        var settings = Hub.Settings(Folder.Path);
        Assert.NotNull(await GetAsync(settings));
        await DownloadAsync(settings);
        Assert.NotEqual(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));

        var verifying = Hub.Settings(Folder.Path, new Sam2DownloadOptions { VerifyHashes = true });
        var offline = verifying with { OfflineBecauseOf = "HF_HUB_OFFLINE" };
        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => GetAsync(offline));
        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
        Assert.Contains("SHA-256", (await FailAsync(Sam2DownloadFailure.WrongContent, offline)).Message, StringComparison.Ordinal);

        await GetAsync(verifying);
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));

        await ChangeAsync(Weights, content => content[^1000] ^= 1);
        await DownloadAsync(verifying);
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));
    }

    [Theory]
    [InlineData("header")]
    [InlineData("not a number")]
    public async Task Open_ModelThatCannotBeUsed_IsLookedAtAndDownloadedAgain(string damage)
    {
        await FillAsync();
        await ChangeAsync(Weights, content =>
        {
            // The header as zeros, as after a power failure; or weights of NaN, which only a look at all of them shows.
            var range = damage == "header" ? content.AsSpan(0, 4096) : content.AsSpan(content.Length - 400);
            range.Fill(damage == "header" ? (byte)0 : (byte)0xff);
        });

        await Task.Run(() => Sam2Model.FromPretrained(FakeHub.Name, options: Options).OpenVerified().Dispose(), TestToken);

        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));
    }

    [Fact]
    public async Task Open_ModelOfTheHubThatCannotBeUsed_IsNotDownloadedAgain()
    {
        using var hub = new FakeHub();
        hub.Add(Configuration, Hub.Content(Configuration));
        hub.Add(Weights, new byte[5000]);
        var options = Options with { Endpoint = hub.Endpoint };

        var error = await Assert.ThrowsAsync<CheckpointFormatException>(
            () => Task.Run(() => Sam2Model.FromPretrained(FakeHub.Name, options: options).OpenVerified(), TestToken));

        Assert.Contains(Weights, error.Message, StringComparison.Ordinal);
        Assert.Single(hub.StoreRequests);
    }

    [Fact]
    public async Task Open_DamagedFileThatCannotBeDownloaded_SaysSo()
    {
        await FillAsync();
        await ChangeAsync(Weights, content => content.AsSpan(0, 4096).Clear());
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options with { Offline = true });

        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => Task.Run(model.Open, TestToken));

        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
        Assert.Contains("Sam2DownloadOptions.Offline", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_SnapshotThatHoldsTheFileItself_IsKeptOrReplaced()
    {
        // As on Windows, where links need rights.
        await FillAsync();
        File.Delete(SnapshotFile(Weights));
        File.Move(Blob, SnapshotFile(Weights));
        var before = Hub.StoreRequests.Count;
        await DownloadAsync();
        Assert.Equal(before, Hub.StoreRequests.Count);

        await File.WriteAllBytesAsync(SnapshotFile(Weights), Hub.Content(Weights)[..1000], TestToken);
        Assert.Null(new HubCache(Folder.Path).Find(Repository));
        await DownloadAsync();
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(SnapshotFile(Weights), TestToken));
    }

    [Fact]
    public async Task DownloadAsync_LinkToAnotherBlob_IsSetRight()
    {
        await FillAsync();
        var other = Path.Combine(RepositoryFolder, "blobs", new string('a', 64));
        await File.WriteAllBytesAsync(other, new byte[Hub.Content(Weights).Length], TestToken);
        File.Delete(SnapshotFile(Weights));
        File.CreateSymbolicLink(SnapshotFile(Weights), other);

        await DownloadAsync();

        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(SnapshotFile(Weights), TestToken));
    }

    [Fact]
    public async Task GetAsync_PipeInPlaceOfABlob_IsReplaced()
    {
        await FillAsync();
        Links.Make("pipe", BlobOf(Configuration), Blob);
        Assert.Null(Sam2Hub.FindCached(FakeHub.Name, options: Options));
        Assert.Empty(Sam2Hub.ListCached(Options));

        await GetAsync();

        Assert.Equal(Hub.Content(Configuration), await File.ReadAllBytesAsync(SnapshotFile(Configuration), TestToken));
    }

    [Property(MaxTest = 200)]
    public Property FindDefect_EveryCut_IsSeen() => Prop.ForAll(
        Gen.Choose(0, Hub.Content(Weights).Length).ToArbitrary(),
        length =>
        {
            var path = Folder.Write("cut.safetensors", Hub.Content(Weights)[..length]);
            return HubFileCheck.FindDefect(path) is null == (length == Hub.Content(Weights).Length);
        });

    private async Task FillAsync()
    {
        Hub.Add("maskgen.json", """{"recommended_thresholds": {"predicted_iou": 0.5}}"""u8.ToArray());
        await DownloadAsync();
    }

    private void Cut(string name, int length)
    {
        var content = Hub.Content(name);
        File.WriteAllBytes(BlobOf(name), content[..(length < 0 ? content.Length + length : length)]);
    }

    private async Task ChangeAsync(string name, Action<byte[]> change)
    {
        var content = Hub.Content(name).ToArray();
        change(content);
        await File.WriteAllBytesAsync(BlobOf(name), content, TestToken);
    }
}
