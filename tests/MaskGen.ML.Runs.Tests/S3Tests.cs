using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Net;
using Microsoft.ML;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Runs and images in S3, against Ceph's gateway.</summary>
public sealed class S3Tests : IDisposable
{
    private const int Rounds = 300;
    private const int Racers = 6;
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Publish_SixAtOnce_HasOneWinner()
    {
        var (client, bucket) = await TestServers.S3Async();
        var store = MaskRunStore.OpenS3(client, bucket, "race");
        for (var round = 0; round < Rounds; round++)
        {
            var name = $"masks/part-{round:00000}.parquet";
            var won = await Task.WhenAll(Enumerable.Range(0, Racers).Select(racer =>
                store.PublishAsync(name, new[] { (byte)racer }, TestContext.Current.CancellationToken)));

            var winner = Assert.Single(Enumerable.Range(0, Racers), racer => won[racer]);
            Assert.Equal(new[] { (byte)winner }, (await store.TryReadAsync(name, TestContext.Current.CancellationToken))!);
        }
    }

    [Fact]
    public async Task Create_InAStoreThatReplaces_IsRefused()
    {
        using var server = new ReplacingServer();
        _run.With(1);
        var ml = new MLContext();

        var error = await Assert.ThrowsAsync<NotSupportedException>(() => MaskRun.CreateAsync(
            ml,
            Pipeline(ml),
            [_run.Images],
            MaskRunStore.OpenS3(TestServers.Client(server.Address), "bucket", "run"),
            null,
            TestContext.Current.CancellationToken));

        Assert.Contains("lets a second object replace the first", error.Message, StringComparison.Ordinal);
        Assert.Empty(server.Keys);
    }

    [Fact]
    public async Task Run_WithImagesAndArchivesInS3_EndsWithEveryImageOnce()
    {
        var (client, bucket) = await TestServers.S3Async();
        _run.With(6);
        foreach (var file in Directory.GetFiles(_run.Images))
        {
            await TestBucket.PutAsync(client, bucket, $"photos/{System.IO.Path.GetFileName(file)}", File.ReadAllBytes(file));
        }

        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, leaveOpen: true))
        {
            tar.WriteEntry(_run["in/0000.png"], "inside/a.png");
            tar.WriteEntry(_run["in/0001.png"], "inside/b.png");
        }

        await TestBucket.PutAsync(client, bucket, "photos/deep/some.tar", archive.ToArray());
        var (place, variables) = ($"s3://{bucket}/runs/1", TestServers.S3Variables);

        await AssertExitAsync(0, ["create", $"s3://{bucket}/photos", "-r", "--run", place, "--shard-images", "3", .. TestRun.Quick]);
        await TestBucket.PutAsync(client, bucket, "photos/0003.png", File.ReadAllBytes(_run["in/0004.png"]));
        await AssertExitAsync(75, ["finish", place]);
        using (var killed = WorkerProgram.Start(["work", place, "--part", "0/1", "--verbose"], variables))
        {
            await killed.LineAsync(line => line.Contains("2 of 3", StringComparison.Ordinal));
            killed.Signal(WorkerProgram.Kill);
            await killed.EndAsync();
        }

        await AssertExitAsync(0, ["work", place, "--part", "0/1"]);
        await AssertExitAsync(1, ["finish", place]);

        // DuckDB reads it from a folder here: its S3 extension is not in its package.
        await TestBucket.DownloadAsync(client, bucket, "runs/1", _run["copy"]);
        var found = TestRun.AssertPartition(_run["copy"]);
        Assert.Equal((8L, 1L), (found.Images, found.Failed));
        var errors = TestRun.Query($"select error from '{_run["copy"]}/masks/*.parquet' where error is not null");
        Assert.Contains("changed since", (string)errors.Single()[0]!, StringComparison.Ordinal);

        await AssertExitAsync(0, ["retry", place, "--run", $"s3://{bucket}/runs/2"]);
        await AssertExitAsync(0, ["work", $"s3://{bucket}/runs/2", "--part", "0/1"]);
        await AssertExitAsync(0, ["finish", $"s3://{bucket}/runs/2"]);
    }

    [Fact]
    public async Task Work_StoppedWhileAnotherCommitsInS3_DropsItsOwn()
    {
        var (client, bucket) = await TestServers.S3Async();
        var (place, part) = ($"s3://{bucket}/run", "run/masks/part-00000.parquet");
        _run.With(30);
        await AssertExitAsync(
            0, ["create", _run.Images, "--run", place, "--shard-images", "30", .. TestRun.QuickWith("--points-per-side", "8")]);
        using var zombie = WorkerProgram.Start(["work", place, "--shard", "0", "--threads", "1", "--verbose"], TestServers.S3Variables);
        await zombie.LineAsync(line => line.Contains("1 of 30", StringComparison.Ordinal));
        zombie.Signal(WorkerProgram.Stop);

        await AssertExitAsync(0, ["work", place, "--shard", "0"]);
        var committed = (await client.GetObjectMetadataAsync(bucket, part, TestContext.Current.CancellationToken)).ETag;
        zombie.Signal(WorkerProgram.Continue);
        var (exitCode, error) = await zombie.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("another worker has committed it meanwhile", error, StringComparison.Ordinal);
        Assert.Equal(committed, (await client.GetObjectMetadataAsync(bucket, part, TestContext.Current.CancellationToken)).ETag);
        await AssertExitAsync(0, ["finish", place]);
        await TestBucket.DownloadAsync(client, bucket, "run", _run["copy"]);
        var found = TestRun.AssertPartition(_run["copy"]);
        Assert.Equal((30L, 0L), (found.Images, found.Failed));
    }

    [Fact]
    public async Task Work_ObjectThatABucketPolicyCloses_HasARowWithTheErrorUntilItIsOpen()
    {
        var (client, bucket) = await TestServers.S3Async();
        _run.With(4);
        foreach (var file in Directory.GetFiles(_run.Images))
        {
            await TestBucket.PutAsync(client, bucket, $"photos/{System.IO.Path.GetFileName(file)}", File.ReadAllBytes(file));
        }

        var place = $"s3://{bucket}/photos";
        await AssertExitAsync(0, ["create", place, "--run", _run.Path, "--shard-images", "2", .. TestRun.Quick]);

        // All of them, though they may be listed: that is no error of an image.
        await CloseAsync("*");
        await AssertExitAsync(1, ["work", _run.Path, "--part", "0/1"]);
        Assert.Empty(Directory.GetFiles(_run["run/masks"]));

        await CloseAsync("0001.png");
        await AssertExitAsync(0, ["work", _run.Path, "--part", "0/1"]);
        await _run.AssertCompleteAsync(failed: 1);
        var error = (string)TestRun.Query($"select error from '{_run.Path}/masks/*.parquet' where error is not null").Single()[0]!;
        Assert.StartsWith($"{place}/0001.png: cannot be read, while the storage can: ", error, StringComparison.Ordinal);

        // It does not keep others from being tried again, and can be when it is open.
        await AssertExitAsync(0, ["retry", _run.Path, "--run", _run["again"]]);
        await client.DeleteBucketPolicyAsync(bucket, TestContext.Current.CancellationToken);
        await AssertExitAsync(0, ["work", _run["again"], "--part", "0/1"]);
        await _run.AssertCompleteAsync(failed: 0, _run["again"]);

        Task CloseAsync(string name) => client.PutBucketPolicyAsync(
            bucket,
            $$"""
            {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject",
             "Resource":"arn:aws:s3:::{{bucket}}/photos/{{name}}"}]}
            """,
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Retry_ArchiveInS3ThatChanged_FindsItsImagesByName()
    {
        var (client, bucket) = await TestServers.S3Async();
        _run.With(3);
        await PutArchiveAsync("0000.png", "0001.png", "0002.png");
        await AssertExitAsync(0, ["create", $"s3://{bucket}/some.tar", "--run", _run.Path, "--shard-images", "3", .. TestRun.Quick]);
        await PutArchiveAsync("0002.png", "0001.png");
        await AssertExitAsync(0, ["work", _run.Path, "--part", "0/1"]);
        await _run.AssertCompleteAsync(failed: 3);

        await AssertExitAsync(0, ["retry", _run.Path, "--run", _run["again"]]);
        await AssertExitAsync(0, ["work", _run["again"], "--part", "0/1"]);

        await _run.AssertCompleteAsync(failed: 1, _run["again"]);
        var row = TestRun.Query($"select image, error from '{_run["again"]}/masks/*.parquet' where error is not null").Single();
        Assert.Equal("some.tar/0000.png", row[0]);
        Assert.Contains("no such image in the archive", (string)row[1]!, StringComparison.Ordinal);

        async Task PutArchiveAsync(params string[] names)
        {
            using var archive = new MemoryStream();
            using (var tar = new TarWriter(archive, leaveOpen: true))
            {
                foreach (var name in names)
                {
                    tar.WriteEntry(_run[$"in/{name}"], name);
                }
            }

            await TestBucket.PutAsync(client, bucket, "some.tar", archive.ToArray());
        }
    }

    [Fact]
    public async Task Create_FromPatternsInS3_TakesTheObjectsThatTheyName()
    {
        var (client, bucket) = await TestServers.S3Async();
        var image = File.ReadAllBytes(Fixture.Path("images/one-pixel.png"));
        foreach (var key in "photos/a.png photos/b.jpg photos/2024/a.png photos/2024/may/a.png photos/2025/[*].png other/a.png".Split(' '))
        {
            await TestBucket.PutAsync(client, bucket, key, image);
        }

        Assert.Equal(
            ["2024/a.png", "2024/may/a.png", "2025/[*].png", "a.png"], await KeysAsync($"s3://{bucket}/photos/**/*.png"));
        Assert.Equal(["2024/a.png", "2025/[*].png"], await KeysAsync($"s3://{bucket}/photos/202?/*.png"));
        Assert.Equal(["other/a.png", "photos/a.png", "photos/b.jpg"], await KeysAsync($"s3://{bucket}/*/*"));

        // An object of that name is meant as it is.
        Assert.Equal(["[*].png"], await KeysAsync($"s3://{bucket}/photos/2025/[*].png"));
        var pattern = $"s3://{bucket}/photos/*.gif";
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => KeysAsync(pattern));
        Assert.StartsWith($"{pattern}: expected images (.png, ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(" of that name, found none.", error.Message, StringComparison.Ordinal);

        async Task<IEnumerable<string>> KeysAsync(string input)
        {
            var listing = new ImageListing(MaskRunStore.OpenS3(client, bucket, "run"), isRecursive: false);
            var found = new List<string>();
            await foreach (var one in listing.ListAsync([input], TestContext.Current.CancellationToken))
            {
                found.Add(one.Key);
            }

            return found.Order(StringComparer.Ordinal);
        }
    }

    // Programs, as in life: they find the server by their variables.
    private static async Task AssertExitAsync(int expected, string[] arguments)
    {
        using var program = WorkerProgram.Start(arguments, TestServers.S3Variables);
        var (exitCode, error) = await program.EndAsync();
        Assert.True(exitCode == expected, $"{string.Join(' ', arguments)}: {exitCode}\n{error}");
    }

    private static ITransformer Pipeline(MLContext ml) => ml.Transforms.GenerateMasks(
        "Masks", "Image", new AutomaticMaskGenerationOptions { Model = Sam2Model.FromNameOrPath(Fixture.Path("micro")), PointsPerSide = 2 })
        .Fit(ml.Data.LoadFromEnumerable<ImageFile>([]));

    private sealed class ImageFile
    {
        public byte[] Image { get; set; } = [];
    }

    // As several S3 servers are: conditions of a request are not looked at.
    private sealed class ReplacingServer : IDisposable
    {
        private readonly LoopbackServer _server;
        private readonly ConcurrentDictionary<string, byte[]> _objects = new();

        public ReplacingServer() => _server = new LoopbackServer(AnswerAsync);

        public string Address => _server.Address;

        public IEnumerable<string> Keys => _objects.Keys;

        public void Dispose() => _server.Dispose();

        private async Task AnswerAsync(HttpListenerContext context)
        {
            var (request, response) = (context.Request, context.Response);
            var key = request.Url!.AbsolutePath;
            switch (request.HttpMethod)
            {
                case "PUT":
                    using (var body = new MemoryStream())
                    {
                        await request.InputStream.CopyToAsync(body);
                        _objects[key] = body.ToArray();
                    }

                    response.Headers["ETag"] = "\"1\"";
                    break;
                case "DELETE":
                    _objects.TryRemove(key, out _);
                    response.StatusCode = 204;
                    break;
                default:
                    response.StatusCode = _objects.TryGetValue(key, out var content) ? 200 : 404;
                    if (content is not null && request.HttpMethod == "GET")
                    {
                        await response.OutputStream.WriteAsync(content);
                    }

                    break;
            }

            response.Close();
        }
    }
}
