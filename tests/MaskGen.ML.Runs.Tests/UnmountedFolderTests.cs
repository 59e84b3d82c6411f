using Microsoft.ML;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A run whose folder goes away in the middle of a shard, as when a share is unmounted.</summary>
public sealed class UnmountedFolderTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Status_FolderGoneAway_SaysSo()
    {
        await _run.With(1).CreateAsync(1);
        using var run = await MaskRun.OpenAsync(MaskRunStore.Open(_run.Path), null, TestContext.Current.CancellationToken);
        await run.GetStatusAsync(TestContext.Current.CancellationToken);
        Directory.Move(_run.Path, _run["away"]);

        var error = await Assert.ThrowsAsync<IOException>(() => run.GetStatusAsync(TestContext.Current.CancellationToken));

        Assert.Contains("expected the run, found no run.json at present", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Work_FolderGoesAway_MakesNoneInItsPlaceAndGoesOnLater(bool leavesMountPoint)
    {
        await _run.With(2).CreateAsync(2);
        var options = new MaskRunOptions { CreateContext = Unmount };
        using var run = await MaskRun.OpenAsync(MaskRunStore.Open(_run.Path), options, TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAnyAsync<IOException>(() => run.WorkAsync(0, TestContext.Current.CancellationToken));

        Assert.Contains($"'{_run.Path}', is not there any more", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(leavesMountPoint, Directory.Exists(_run.Path));
        if (leavesMountPoint)
        {
            Assert.Empty(Directory.GetFileSystemEntries(_run.Path));
            Directory.Delete(_run.Path);
        }

        Directory.Move(_run["away"], _run.Path);
        await run.WorkAsync(0, TestContext.Current.CancellationToken);
        await _run.AssertCompleteAsync();

        MLContext Unmount()
        {
            Directory.Move(_run.Path, _run["away"]);
            if (leavesMountPoint)
            {
                Directory.CreateDirectory(_run.Path);
            }

            return new MLContext();
        }
    }
}
