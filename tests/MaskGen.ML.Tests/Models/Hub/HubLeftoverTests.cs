using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>What dead runs have left in the cache.</summary>
public sealed class HubLeftoverTests : HubDownloadTestBase
{
    private static readonly string Temporary = $".{Guid.NewGuid():N}.tmp";

    [Fact]
    public async Task DownloadAsync_TemporaryFilesOfDeadRuns_AreRemoved()
    {
        await DownloadAsync();
        var left = new List<string>();
        foreach (var folder in new[] { "blobs", "refs", "refs/pr", $"snapshots/{FakeHub.Commit}", $".no_exist/{FakeHub.Commit}" })
        {
            Directory.CreateDirectory(Path.Combine(RepositoryFolder, folder));
            left.Add(Path.Combine(RepositoryFolder, folder, "a" + Temporary));
            await File.WriteAllBytesAsync(left[^1], [1], TestToken);
        }

        left.Add(SnapshotFile("b" + Temporary));
        File.CreateSymbolicLink(left[^1], Blob);

        await DownloadAsync();

        Assert.All(left, path => Assert.False(Path.Exists(path), path));
        Assert.True(File.Exists(Blob));
    }

    [Fact]
    public async Task DownloadAsync_FilesOfOthers_AreKept()
    {
        await DownloadAsync();
        var names = new[] { "notes.tmp", "a.123.tmp", "tmp", $"a{Temporary}.txt" };
        var kept = names.Select(name => Path.Combine(RepositoryFolder, "blobs", name)).ToList();
        kept.ForEach(path => File.WriteAllBytes(path, [1]));
        var outside = Folder.Write("outside/a" + Temporary, [1]);
        Directory.CreateSymbolicLink(Path.Combine(RepositoryFolder, "linked"), Folder["outside"]);

        await DownloadAsync();

        Assert.All(kept.Append(outside), path => Assert.True(File.Exists(path), path));
    }

    [Theory]
    [InlineData(25, false, false)]
    [InlineData(23, false, true)]
    [InlineData(1000, true, true)]
    public async Task DownloadAsync_UnfinishedBlobOfAnotherCommit_IsRemovedAfterADayUnlessHeld(int hours, bool isHeld, bool isKept)
    {
        await DownloadAsync();
        var etag = new string('e', 64);
        var path = Path.Combine(RepositoryFolder, "blobs", etag + ".incomplete");
        await File.WriteAllBytesAsync(path, [1], TestToken);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-hours));
        using var held = isHeld ? HubFileLock.TryAcquire(new HubCache(Folder.Path).LockPath(Repository, etag)) : null;

        await DownloadAsync();

        Assert.Equal(isKept, File.Exists(path));
    }

    [Fact]
    public async Task DownloadAsync_CacheThatCanOnlyBeRead_IsUsed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Folders are protected otherwise there.");
            return;
        }

        const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        await DownloadAsync();
        var folders = Directory.GetDirectories(Folder.Path, "*", SearchOption.AllDirectories);
        foreach (var folder in folders)
        {
            File.SetUnixFileMode(folder, ReadOnly);
        }

        try
        {
            await DownloadAsync();
            await GetAsync();
        }
        finally
        {
            foreach (var folder in folders)
            {
                File.SetUnixFileMode(folder, ReadOnly | UnixFileMode.UserWrite);
            }
        }
    }

    [Fact]
    public void TryAcquire_Held_IsNull()
    {
        var path = Folder["a.lock"];
        using (var held = HubFileLock.TryAcquire(path))
        {
            Assert.NotNull(held);
            Assert.Null(HubFileLock.TryAcquire(path));
        }

        using var again = HubFileLock.TryAcquire(path);
        Assert.NotNull(again);
    }
}
