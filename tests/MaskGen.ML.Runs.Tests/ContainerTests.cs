namespace MaskGen.ML.Runs.Tests;

/// <summary>Runs that containers carry: as an engine starts, tells and stops them.</summary>
public sealed class ContainerTests(ContainerImage image) : IClassFixture<ContainerImage>, IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Image_AsTasksOfAnArray_DoesARun()
    {
        await CreateAsync(6, 2, "2");

        await TaskAsync("0");
        Assert.Equal(["part-00000.parquet", "part-00002.parquet"], Parts());
        await TaskAsync("1");
        Assert.Equal(["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"], Parts());

        await _run.AssertCompleteAsync(run: _run["store/run"]);
        var owner = await SystemProgram.RunAsync("stat", ["--format=%u", _run["store/run/masks/part-00001.parquet"]]);
        Assert.Equal($"{ContainerImage.User}", owner.Trim());
        Assert.Contains("6 of 6", await image.RunAsync(_run, [], "status", "/store/run"), StringComparison.Ordinal);

        Task TaskAsync(string index) => image.RunAsync(
            _run, ["--env=JOB_COMPLETION_INDEX=" + index], "work", "/store/run", "--array", "2", "--threads", "1");
    }

    [Fact]
    public async Task Image_Stopped_ReturnsItsShard()
    {
        await CreateAsync(40, 40, "16");
        using var worker = image.Start(_run, "stopped", "work", "/store/run", "--shard", "0", "--threads", "1", "--verbose");
        await worker.LineAsync(line => line.Contains("1 of 40", StringComparison.Ordinal));

        await image.StopAsync("stopped");

        Assert.Equal(75, (await worker.EndAsync()).ExitCode);
        Assert.Empty(Parts());
        Assert.Empty(Directory.GetFiles(_run["store/run/_attempts"], "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFileSystemEntries(_run["store/run/_tmp"]));
    }

    private IEnumerable<string> Parts() =>
        Directory.GetFiles(_run["store/run/masks"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private async Task CreateAsync(int images, int shardImages, string pointsPerSide)
    {
        TestServers.SkipUnlessThereIsARegistry();
        ContainerImage.OpenToAll(_run["store"]);
        await image.RunAsync(
            _run.With(images), [], "create", "/images", "--run", "/store/run", "--shard-images", $"{shardImages}", "--model", "nano",
            "--points-per-side", pointsPerSide);
    }
}
