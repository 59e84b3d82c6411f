using System.Formats.Tar;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Images that are not there or cannot be read: whether it is the image, which then has a row with an error, or its storage,
/// and then the shard is tried again.</summary>
public sealed class ImageFetcherTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Work_ShareOfImagesNotMounted_FailsTheShardAndGoesOnLater(bool isList)
    {
        _run.With(2);
        File.WriteAllText(_run["list.txt"], "in/0000.png\nin/0001.png\n");
        await AssertExitAsync(
            0, ["create", isList ? _run["list.txt"] : _run.Images, "--run", _run.Path, "--shard-images", "2", .. TestRun.Quick]);

        // What is left of it is its mount point.
        Directory.Move(_run.Images, _run["away"]);
        Directory.CreateDirectory(_run.Images);
        var error = await AssertExitAsync(75, "work", _run.Path, "--part", "0/1");

        Assert.Contains($"{_run.Images}: expected the folder of the images, found an empty one", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_run["run/masks"]));
        Directory.Delete(_run.Images);
        await AssertExitAsync(75, "work", _run.Path, "--part", "0/1");
        Directory.Move(_run["away"], _run.Images);
        await AssertExitAsync(0, "work", _run.Path, "--part", "0/1");
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_AllImagesOfShardsDeleted_HaveARowEach()
    {
        _run.With(2);
        foreach (var name in new[] { "emptied/a.png", "emptied/b.png", "removed/a.png", "removed/b.png" })
        {
            _run.WithFile(name, File.ReadAllBytes(Fixture.Path("images/one-pixel.png")));
        }

        await _run.CreateAsync(2, "--recursive");
        File.Delete(_run["in/emptied/a.png"]);
        File.Delete(_run["in/emptied/b.png"]);
        Directory.Delete(_run["in/removed"], recursive: true);

        await AssertExitAsync(0, "work", _run.Path, "--part", "0/1");

        await _run.AssertCompleteAsync(failed: 4);
        Assert.All(Errors(_run.Path), error => Assert.Contains("file not found", error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Retry_ArchiveThatChanged_FindsItsImagesByName()
    {
        _run.With(3);
        WriteArchive("0000.png", "0001.png", "0002.png");
        await AssertExitAsync(0, ["create", _run["some.tar"], "--run", _run.Path, "--shard-images", "3", .. TestRun.Quick]);
        WriteArchive("0002.png", "0001.png");
        File.SetLastWriteTimeUtc(_run["some.tar"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await AssertExitAsync(0, "work", _run.Path, "--part", "0/1");
        await _run.AssertCompleteAsync(failed: 3);

        await AssertExitAsync(0, "retry", _run.Path, "--run", _run["again"]);
        await AssertExitAsync(0, "work", _run["again"], "--part", "0/1");

        await _run.AssertCompleteAsync(failed: 1, _run["again"]);
        Assert.Contains(
            "some.tar/0000.png: there was no such image in the archive any more", Errors(_run["again"]).Single(), StringComparison.Ordinal);

        // It is put back, at yet another place.
        WriteArchive("0001.png", "0000.png");
        await AssertExitAsync(0, "retry", _run["again"], "--run", _run["third"]);
        await AssertExitAsync(0, "work", _run["third"], "--part", "0/1");
        await _run.AssertCompleteAsync(failed: 0, _run["third"]);
    }

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

    [Theory]
    [InlineData(403, "InvalidObjectState")]
    [InlineData(403, "AccessDenied")]
    [InlineData(400, "InvalidRequest")]
    public async Task Work_ObjectRefusedForItself_HasARowWithTheError(int status, string code)
    {
        using var server = new FolderServer(_run.With(4).Images);
        await CreateAsync(server, 4, 2);
        server.Refusal = name => name == "0002.png" ? (status, code) : null;

        using var worker = WorkerProgram.Start(["work", _run.Path, "--part", "0/1"], server.Variables);
        var (exitCode, error) = await worker.EndAsync();

        Assert.True(exitCode == 0, error);
        await _run.AssertCompleteAsync(failed: 1);
        var row = Assert.Single(Errors(_run.Path));
        Assert.StartsWith($"s3://bucket/0002.png: cannot be read, while the storage can: {code}", row, StringComparison.Ordinal);
    }

    // 1: nobody but a person gives rights. Objects may be listed all the while.
    [Theory]
    [InlineData(403, "AccessDenied", 1)]
    [InlineData(400, "ExpiredToken", 75)]
    public async Task Work_AllObjectsRefused_FailsTheShardAndGoesOnLater(int status, string code, int expected)
    {
        using var server = new FolderServer(_run.With(4).Images);
        await CreateAsync(server, 4, 2);
        server.Refusal = _ => (status, code);
        using (var worker = WorkerProgram.Start(["work", _run.Path, "--part", "0/1"], server.Variables))
        {
            var (exitCode, error) = await worker.EndAsync();
            Assert.True(exitCode == expected, $"{exitCode}: {error}");
        }

        Assert.Empty(Directory.GetFiles(_run["run/masks"]));
        server.Refusal = null;
        using var next = WorkerProgram.Start(["work", _run.Path, "--part", "0/1"], server.Variables);
        Assert.Equal(0, (await next.EndAsync()).ExitCode);
        await _run.AssertCompleteAsync();
    }

    private async Task CreateAsync(FolderServer server, int images, int shardImages)
    {
        File.WriteAllLines(_run["list.txt"], Enumerable.Range(0, images).Select(i => $"s3://bucket/{i:0000}.png"));
        using var create = WorkerProgram.Start(
            ["create", _run["list.txt"], "--run", _run.Path, "--shard-images", $"{shardImages}", .. TestRun.Quick], server.Variables);
        var (exitCode, error) = await create.EndAsync();
        Assert.True(exitCode == 0, error);
    }

    private static async Task<string> AssertExitAsync(int expected, params string[] arguments)
    {
        var (exitCode, _, error) = await TestRun.CommandAsync(arguments);
        Assert.True(exitCode == expected, $"{string.Join(' ', arguments)}: {exitCode}\n{error}");
        return error;
    }

    private static IEnumerable<string> Errors(string run) =>
        TestRun.Query($"select error from '{run}/masks/*.parquet' where error is not null order by image").Select(row => (string)row[0]!);

    private void WriteArchive(params string[] names)
    {
        using var file = File.Create(_run["some.tar"]);
        using var tar = new TarWriter(file);
        foreach (var name in names)
        {
            tar.WriteEntry(_run[$"in/{name}"], name);
        }
    }
}
