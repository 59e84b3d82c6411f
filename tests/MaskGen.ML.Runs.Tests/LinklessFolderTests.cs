namespace MaskGen.ML.Runs.Tests;

/// <summary>A folder on a file system without hard links: exFAT, as USB disks have it.</summary>
public sealed class LinklessFolderTests : IAsyncDisposable
{
    private readonly TestRun _run = new();
    private string? _device;

    public async ValueTask DisposeAsync()
    {
        if (_device is not null)
        {
            await SystemProgram.TryAsync("umount", ["--lazy", _run["mounted"]]);
            await SystemProgram.TryAsync("losetup", ["--detach", _device]);
        }

        _run.Dispose();
    }

    [Fact]
    public async Task Create_InAFolderWithoutHardLinks_IsRefusedAndLeavesNothing()
    {
        var problem = await MountAsync();
        TestServers.SkipUnless(problem is null, $"Needs an exFAT disk, which root may mount with exfatprogs and exfat-fuse: {problem}");
        var run = Path.Combine(_run["mounted"], "run");

        var (exitCode, output, error) = await TestRun.CommandAsync(
            ["create", _run.With(1).Images, "--run", run, "--shard-images", "1", .. TestRun.Quick]);

        Assert.True(exitCode == 1, output + error);
        Assert.Contains("Expected a file system with hard links", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_run["mounted"]));
    }

    // What is wrong; null where it is mounted.
    private async Task<string?> MountAsync()
    {
        var disk = _run["disk"];
        using (var file = new FileStream(disk, FileMode.CreateNew))
        {
            file.SetLength(16 << 20);
        }

        Directory.CreateDirectory(_run["mounted"]);
        var made = await SystemProgram.TryAsync("mkfs.exfat", [disk]);
        if (made.ExitCode != 0)
        {
            return made.Error;
        }

        var found = await SystemProgram.TryAsync("losetup", ["--find", "--show", disk]);
        if (found.ExitCode != 0)
        {
            return found.Error;
        }

        _device = found.Output.Trim();
        var mounted = await SystemProgram.TryAsync("mount.exfat-fuse", [_device, _run["mounted"]]);
        return mounted.ExitCode == 0 ? null : mounted.Error;
    }
}
