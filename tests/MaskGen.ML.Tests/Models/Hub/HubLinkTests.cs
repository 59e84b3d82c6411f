using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Names in the cache that lead somewhere else: nothing is written through them.</summary>
public sealed class HubLinkTests : HubDownloadTestBase
{
    private static readonly byte[] Diary = "not yours"u8.ToArray();

    public static TheoryData<string> Kinds => Links.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task DownloadAsync_UnfinishedBlobThatIsALink_IsNotWrittenThrough(string kind)
    {
        var victim = Folder.Write("diary.txt", Diary);
        Links.Make(kind, Partial, victim);

        await DownloadAsync();

        AssertUntouched(victim);
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));
        Assert.Null(new FileInfo(Blob).LinkTarget);
        Assert.Null(Hub.StoreRequests[0].RangeStart);
        Assert.False(Path.Exists(Partial));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task DownloadAsync_UnfinishedSmallFileThatIsALink_IsNotWrittenThrough(string kind)
    {
        var victim = Folder.Write("diary.txt", Diary);
        Links.Make(kind, BlobOf("config.json") + ".incomplete", victim);
        await DownloadAsync();
        AssertUntouched(victim);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task DownloadAsync_BlobThatIsALink_IsReplacedNotWritten(string kind)
    {
        var victim = Folder.Write("diary.txt", Diary);
        Links.Make(kind, Blob, victim);
        await DownloadAsync();
        AssertUntouched(victim);
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(Blob, TestToken));
        Assert.Null(new FileInfo(Blob).LinkTarget);
    }

    [Theory]
    [InlineData("symbolic")]
    [InlineData("dangling")]
    [InlineData("hard")]
    [InlineData("pipe")]
    public async Task DownloadAsync_FileOfTheSnapshotThatIsALink_IsReplacedNotWritten(string kind)
    {
        var victim = Folder.Write("diary.txt", Diary);
        Links.Make(kind, SnapshotFile(Weights), victim);
        Links.Make(kind, Path.Combine(RepositoryFolder, "refs", "main"), victim);
        await DownloadAsync();
        AssertUntouched(victim);
        Assert.Equal(Hub.Content(Weights), await File.ReadAllBytesAsync(SnapshotFile(Weights), TestToken));
        Assert.NotNull(new HubCache(Folder.Path).Find(Repository));
    }

    [Theory]
    [InlineData("symbolic")]
    [InlineData("dangling")]
    [InlineData("pipe")]
    public async Task DownloadAsync_LockThatIsALink_IsRefused(string kind)
    {
        var victim = Folder.Write("diary.txt", Diary);
        var path = Folder[$".locks/models--someone--sam2-micro/{FakeHub.Sha256(Hub.Content(Weights))}.lock"];
        Links.Make(kind, path, victim);

        var error = await FailAsync(Sam2DownloadFailure.Cache);

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("Delete it", error.Message, StringComparison.Ordinal);
        AssertUntouched(victim);
        File.Delete(path);
        await DownloadAsync();
    }

    [Fact]
    public async Task DownloadAsync_FolderThatIsALink_IsFollowed()
    {
        // As people do who move a model to a larger disk.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        Directory.CreateDirectory(Folder["large-disk"]);
        Directory.CreateSymbolicLink(RepositoryFolder, Folder["large-disk"]);
        await DownloadAsync();
        Assert.NotNull(new HubCache(Folder.Path).Find(Repository));
        Assert.True(File.Exists(Folder[$"large-disk/blobs/{FakeHub.Sha256(Hub.Content(Weights))}"]));
    }

    private void AssertUntouched(string victim)
    {
        Assert.Equal(Diary, File.ReadAllBytes(victim));
        Assert.False(File.Exists(victim + "-elsewhere"));
    }
}
