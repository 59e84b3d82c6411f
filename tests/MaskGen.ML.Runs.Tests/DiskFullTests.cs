namespace MaskGen.ML.Runs.Tests;

/// <summary>A store without room: nothing torn is left, and it goes on when there is some.</summary>
public sealed class DiskFullTests : IAsyncDisposable
{
    private readonly TestRun _run = new();
    private bool _isMounted;

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
        {
            await SystemProgram.TryAsync("umount", ["--lazy", _run.Path]);
        }

        _run.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(6)]
    public async Task Work_OnAFullDisk_LeavesNothingTornAndGoesOnLater(int freePages)
    {
        Directory.CreateDirectory(_run.Path);
        _isMounted = OperatingSystem.IsLinux()
            && await SystemProgram.TryAsync(
                "mount",
                ["-t", "tmpfs", "-o", "size=8m", "tmpfs", _run.Path],
                cancellationToken: TestContext.Current.CancellationToken) is (0, _, _);
        TestServers.SkipUnless(_isMounted, "Needs to mount a small disk, which root may on Linux.");

        // More than the pages that are left, whatever the masks are.
        await _run.With(60).CreateAsync(60, TestRun.Many);
        Fill(freePages);

        var full = await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1", "--threads", "1"]);
        Assert.True(full.ExitCode == 75, full.Error);
        Assert.Contains("cannot be written", full.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_run["run/masks"]));
        Assert.Empty(Directory.GetFiles(_run["run/_tmp"], "*", new EnumerationOptions { AttributesToSkip = 0 }));

        File.Delete(_run["run/filler"]);
        var later = await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"]);
        Assert.True(later.ExitCode == 0, later.Error);
        Assert.Contains("shard 0: attempt 1", later.Error, StringComparison.Ordinal);
        await _run.AssertCompleteAsync();
    }

    private void Fill(int freePages)
    {
        const int Page = 4096;
        using var filler = new FileStream(_run["run/filler"], FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                filler.Write(new byte[Page]);
            }
        }
        catch (IOException)
        {
            filler.SetLength((filler.Length / Page * Page) - ((long)freePages * Page));
        }
    }
}
