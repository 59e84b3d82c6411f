using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>A hub with the micro model and an empty cache.</summary>
public abstract class HubDownloadTestBase : IDisposable
{
    private protected const string Weights = "model.safetensors";

    private protected TestFolder Folder { get; } = new();

    private protected FakeHub Hub { get; } = FakeHub.WithMicro();

    private protected HubRepository Repository { get; } = new(FakeHub.Name, null);

    private protected string RepositoryFolder => Folder["models--someone--sam2-micro"];

    private protected string Blob => Path.Combine(RepositoryFolder, "blobs", FakeHub.Sha256(Hub.Content(Weights)));

    private protected string Partial => Blob + ".incomplete";

    public void Dispose()
    {
        Hub.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static CancellationToken TestToken => TestContext.Current.CancellationToken;

    private protected async Task<Sam2CachedModel> DownloadAsync(HubSettings? settings = null) =>
        (await HubModelDownload.DownloadAsync(Repository, settings ?? Hub.Settings(Folder.Path), TestToken)).ToModel();

    private protected Task<HubSnapshot> DownloadFromAsync(FakeHub hub) =>
        HubModelDownload.DownloadAsync(Repository, hub.Settings(Folder.Path), TestToken);

    /// <summary>As a stage gets the model.</summary>
    private protected async Task<Sam2CachedModel> GetAsync(HubSettings? settings = null) =>
        (await HubModelDownload.GetAsync(Repository, settings ?? Hub.Settings(Folder.Path), TestToken)).ToModel();

    /// <summary>The options of a user of this hub and this cache.</summary>
    private protected Sam2DownloadOptions Options => new() { CacheFolder = Folder.Path, Endpoint = Hub.Endpoint };

    private protected string SnapshotFile(string name) => Path.Combine(RepositoryFolder, "snapshots", FakeHub.Commit, name);

    private protected string BlobOf(string name) => Path.Combine(
        RepositoryFolder, "blobs", FakeHub.IsSmall(name) ? FakeHub.GitHash(Hub.Content(name)) : FakeHub.Sha256(Hub.Content(name)));

    private protected async Task<Sam2DownloadException> FailAsync(Sam2DownloadFailure failure, HubSettings? settings = null)
    {
        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => DownloadAsync(settings));
        Assert.Equal(failure, error.Failure);
        return error;
    }

    private protected void AssertNoWeights()
    {
        Assert.False(File.Exists(Blob));
        Assert.False(File.Exists(Partial));
        Assert.Null(new HubCache(Folder.Path).Find(Repository));
    }
}
