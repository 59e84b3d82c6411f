using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

public class HubRepositoryTests
{
    [Theory]
    [InlineData("facebook/sam2-hiera-tiny", "models--facebook--sam2-hiera-tiny")]
    [InlineData("sam2_hiera.tiny", "models--sam2_hiera.tiny")]
    public void FolderName_IsHuggingFaces(string name, string folder)
    {
        Assert.Equal(folder, new HubRepository(name, null).FolderName);
        Assert.Equal(name, HubRepository.NameOf(folder));
    }

    [Fact]
    public void Name_OfficialWithoutOwner_GetsIt() =>
        Assert.Equal("facebook/sam2-hiera-tiny", new HubRepository("sam2-hiera-tiny", null).Name);

    [Theory]
    [InlineData("../etc")]
    [InlineData("a/../b")]
    [InlineData("a/b/c")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a--b/c")]
    [InlineData("a b")]
    [InlineData("a?b=c")]
    [InlineData("a/b\n")]
    [InlineData("a/b\0")]
    [InlineData("a./b")]
    [InlineData("a/b.")]
    [InlineData("a/b\u001b[2J")]
    [InlineData("")]
    public void Constructor_WrongName_Throws(string name) => Assert.Throws<ArgumentException>(() => new HubRepository(name, null));

    [Theory]
    [InlineData("..")]
    [InlineData("a/../../b")]
    [InlineData("/main")]
    [InlineData("a\\b")]
    [InlineData("")]
    [InlineData("a/con")]
    [InlineData("NUL.x")]
    [InlineData("a./b")]
    [InlineData("main?x")]
    public void Constructor_WrongRevision_Throws(string revision) =>
        Assert.Throws<ArgumentException>(() => new HubRepository("a/b", revision));

    [Fact]
    public async Task WriteReference_NestedRevision_IsFoundAgain()
    {
        using var folder = new TestFolder();
        var cache = new HubCache(folder.Path);
        var repository = new HubRepository("a/b", "refs/pr/1");
        folder.Write($"models--a--b/snapshots/{FakeHub.Commit}/model.safetensors", [1, 2]);
        var settings = HubSettings.Create(new Sam2DownloadOptions { CacheFolder = folder.Path }, _ => null);
        var writer = new HubCacheWriter(settings, cache, repository, new HubReporter(settings));
        await writer.WriteReferenceAsync(FakeHub.Commit, TestContext.Current.CancellationToken);
        Assert.Equal(FakeHub.Commit, cache.Find(repository)?.Commit);
        Assert.Equal(2, cache.Find(repository)?.WeightBytes);
        Assert.Null(cache.Find(new HubRepository("a/b", "main")));
    }

    [Fact]
    public void All_OtherModels_AreLeftOut()
    {
        using var folder = new TestFolder();
        folder.Write($"models--x--bert/snapshots/{FakeHub.Commit}/model.safetensors", [1]);
        folder.Write($"models--x--bert/snapshots/{FakeHub.Commit}/config.json", "{\"model_type\": \"bert\"}"u8.ToArray());
        folder.Write($"models--x--other/snapshots/{FakeHub.Commit}/model.safetensors", [1]);
        folder.Write($"models--x--other/snapshots/{FakeHub.Commit}/config.json", "{\"model_type\": \"sam2_video\"}"u8.ToArray());
        folder.Write($"models--x--my-sam2/snapshots/{FakeHub.Commit}/tiny.pt", [1]);
        folder.Write($"models--x--empty-sam2/refs/main", [1]);
        folder.Write("models--x--wrong-sam2/snapshots/\u001b[2J/tiny.pt", [1]);
        folder.Write("models--/x", [1]);
        Assert.Equal(["x/my-sam2", "x/other"], new HubCache(folder.Path).All().Select(m => m.Name));
        Assert.Empty(new HubCache(folder["nowhere"]).All());
    }
}
