namespace MaskGen.ML.Runs.Tests;

/// <summary>Images that are not there or cannot be read: whether it is the image, which then has a row with an error, or its storage,
/// and then the shard is tried again.</summary>
public sealed class ImageFetcherTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_ImageWhoseReadingKillsTheProcess_IsTheOneThatIsGivenUp()
    {
        // The third: it would be read ahead while the first is computed.
        const string Deadly = "0002.png";
        _run.With(6);
        using var server = new FolderServer(_run.Images);
        await CreateAsync(server, 6, 6);
        var deaths = 0;
        int code;
        string error;
        do
        {
            using var worker = WorkerProgram.Start(["work", _run.Path, "--shard", "0", "--threads", "1"], server.Variables);
            server.BeforeRead = name =>
            {
                if (name == Deadly)
                {
                    worker.Signal(WorkerProgram.Kill);
                }
            };
            (code, error) = await worker.EndAsync();
        }
        while (code != 0 && ++deaths <= 6);

        Assert.True(code == 0, error);
        Assert.Equal(3, deaths);
        var failed = Assert.Single(TestRun.Query($"select image, error from '{_run.Path}/masks/*.parquet' where error is not null"));
        Assert.Equal($"s3://bucket/{Deadly}", failed[0]);
        Assert.Contains("The process ended at this image", (string)failed[1]!, StringComparison.Ordinal);
        await _run.AssertCompleteAsync(failed: 1);
    }

    private async Task CreateAsync(FolderServer server, int images, int shardImages)
    {
        File.WriteAllLines(_run["list.txt"], Enumerable.Range(0, images).Select(i => $"s3://bucket/{i:0000}.png"));
        using var create = WorkerProgram.Start(
            ["create", _run["list.txt"], "--run", _run.Path, "--shard-images", $"{shardImages}", .. TestRun.Quick], server.Variables);
        var (exitCode, error) = await create.EndAsync();
        Assert.True(exitCode == 0, error);
    }
}
