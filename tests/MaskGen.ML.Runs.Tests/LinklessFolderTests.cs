namespace MaskGen.ML.Runs.Tests;

/// <summary>A folder on a file system without hard links: exFAT, as USB disks have it.</summary>
public sealed class LinklessFolderTests : IAsyncLifetime
{
    private readonly TestRun _run = new();
    private string? _device;

    public async ValueTask InitializeAsync()
    {
        var disk = _run["disk"];
        using (var file = new FileStream(disk, FileMode.CreateNew))
        {
            file.SetLength(16 << 20);
        }

        Directory.CreateDirectory(_run["mounted"]);
        var (exitCode, output, error) = await SystemProgram.TryAsync("mkfs.exfat", [disk]);
        if (exitCode == 0)
        {
            (exitCode, output, error) = await SystemProgram.TryAsync("losetup", ["--find", "--show", disk]);
            _device = exitCode == 0 ? output.Trim() : null;
        }

        if (_device is not null)
        {
            (exitCode, _, error) = await SystemProgram.TryAsync("mount.exfat-fuse", [_device, _run["mounted"]]);
        }

        TestServers.SkipUnless(exitCode == 0, $"Needs an exFAT disk, which root may mount where exfatprogs and exfat-fuse are: {error}");
    }

    public async ValueTask DisposeAsync()
    {
        await SystemProgram.TryAsync("umount", ["--lazy", _run["mounted"]]);
        if (_device is not null)
        {
            await SystemProgram.TryAsync("losetup", ["--detach", _device]);
        }

        _run.Dispose();
    }

    [Fact]
    public async Task Create_InAFolderWithoutHardLinks_IsRefusedWithWhatWasExpected()
    {
        var run = Path.Combine(_run["mounted"], "run");

        var (exitCode, output, error) = await TestRun.CommandAsync(
            ["create", _run.With(1).Images, "--run", run, "--shard-images", "1", .. TestRun.Quick]);

        Assert.True(exitCode == 1, output + error);
        Assert.Contains("Expected a file system with hard links", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run, "run.json")));
    }
}
