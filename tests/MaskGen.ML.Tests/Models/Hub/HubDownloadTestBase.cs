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

    private protected Task<Sam2CachedModel> DownloadAsync(HubSettings? settings = null) =>
        HubModelDownload.DownloadAsync(Repository, settings ?? Hub.Settings(Folder.Path), TestContext.Current.CancellationToken);

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
