using System.Formats.Tar;
using Microsoft.ML;

namespace MaskGen.ML.Runs.Tests;

/// <summary>What a run is made of, and that it does not change.</summary>
public sealed class PlanTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Create_Twice_IsTheSameRun()
    {
        await _run.With(5).CreateAsync(2);
        var first = await File.ReadAllTextAsync(_run["run/run.json"], TestContext.Current.CancellationToken);

        var again = await TestRun.CommandAsync(["create", _run.Images, "--run", _run.Path, .. TestRun.Quick]);
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(first, await File.ReadAllTextAsync(_run["run/run.json"], TestContext.Current.CancellationToken));

        // Elsewhere too, and however its shards are cut.
        var other = await TestRun.CommandAsync(["create", _run.Images, "--run", _run["other"], "--shard-images", "1", .. TestRun.Quick]);
        Assert.Equal(0, other.ExitCode);
        Assert.Equal(again.Output.Split(':')[1], other.Output.Split(':')[1]);

        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"])).ExitCode);
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Create_OtherImagesOrOptionsInTheSamePlace_AreRefused()
    {
        await _run.With(3).CreateAsync(2);
        var options = await TestRun.CommandAsync(["create", _run.Images, "--run", _run.Path, .. TestRun.Quick, "--max-masks", "1"]);
        Assert.Equal(78, options.ExitCode);
        Assert.Contains("found another: 3 images", options.Error, StringComparison.Ordinal);
        var label = await TestRun.CommandAsync(["create", _run.Images, "--run", _run.Path, .. TestRun.Quick, "--label", "cat"]);
        Assert.Equal(78, label.ExitCode);

        _run.With(4);
        Assert.Equal(78, (await TestRun.CommandAsync(["create", _run.Images, "--run", _run.Path, .. TestRun.Quick])).ExitCode);
    }

    [Fact]
    public async Task Create_ThatWasCutOff_IsNoRunAndIsCompletedByTheNext()
    {
        await _run.With(3).CreateAsync(2);
        File.Delete(_run["run/run.json"]);
        await File.WriteAllTextAsync(_run["run/images.jsonl"], "half of it", TestContext.Current.CancellationToken);

        var work = await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"]);
        Assert.Equal(75, work.ExitCode);
        Assert.Contains("found no run.json", work.Error, StringComparison.Ordinal);

        await _run.CreateAsync(2);
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"])).ExitCode);
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Create_ByManyAtOnce_IsOneRun()
    {
        _run.With(12);
        foreach (var round in Enumerable.Range(0, 5))
        {
            var place = _run[$"run-{round}"];
            var all = await Task.WhenAll(Enumerable.Range(1, 4).Select(size => Task.Run(() =>
                TestRun.CommandAsync(["create", _run.Images, "--run", place, "--shard-images", $"{size}", .. TestRun.Quick]))));
            Assert.All(all, one => Assert.True(one.ExitCode == 0, one.Error));
            Assert.Single(all.Select(one => one.Output.Split(':')[1]).Distinct());

            using var run = await MaskRun.OpenAsync(MaskRunStore.Open(place), null, TestContext.Current.CancellationToken);
            Assert.Equal((12 + run.ShardImages - 1) / run.ShardImages, run.ShardCount);
        }

        Directory.Move(_run["run-4"], _run.Path);
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"])).ExitCode);
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Create_OfAListThatIsCutAlready_KeepsTheShards()
    {
        await _run.With(7).CreateAsync(2);
        var manifest = await File.ReadAllTextAsync(_run["run/run.json"], TestContext.Current.CancellationToken);
        File.Delete(_run["run/run.json"]);

        await _run.CreateAsync(3);

        var again = await File.ReadAllTextAsync(_run["run/run.json"], TestContext.Current.CancellationToken);
        Assert.Contains("\"shardImages\": 2", manifest, StringComparison.Ordinal);
        Assert.Contains("\"shardImages\": 2", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WithoutASize_MeasuresImages()
    {
        _run.With(20);
        Assert.Equal(0, (await TestRun.CommandAsync(["create", _run.Images, "--run", _run.Path, .. TestRun.Quick])).ExitCode);

        using var run = await MaskRun.OpenAsync(MaskRunStore.Open(_run.Path), null, TestContext.Current.CancellationToken);
        Assert.InRange(run.ShardImages, ShardSize.Fewest, ShardSize.Most);
        Assert.Contains("\"secondsPerImage\": 0.", File.ReadAllText(_run["run/run.json"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000_000, 6.0, 100)]
    [InlineData(1_000, 100.0, 16)]
    [InlineData(10_000_000, 0.01, 5_000)]
    [InlineData(100_000_000, 6.0, 2_000)]
    [InlineData(1_000_000_000, 6.0, 20_000)]
    [InlineData(10, null, 16)]
    public void ShardSize_IsTenMinutesWithinLimits(long images, double? seconds, int expected)
    {
        Assert.Equal(expected, ShardSize.Choose(images, seconds));
        Assert.InRange(ShardSize.Count(images, expected), 1, ShardSize.MostShards);
    }

    [Fact]
    public async Task Finish_WhileShardsAreMissing_SaysWhichAndWritesNothing()
    {
        await _run.With(4).CreateAsync(1);
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "0/2"])).ExitCode);

        var (exitCode, _, error) = await TestRun.CommandAsync(["finish", _run.Path]);
        Assert.Equal(75, exitCode);
        Assert.Contains("expected 4 shards, found 2; missing are 1, 3.", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_run["run/_SUCCESS"]));

        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "1/2"])).ExitCode);
        await _run.AssertCompleteAsync();
        Assert.True(File.Exists(_run["run/_SUCCESS"]));
        var json = await TestRun.CommandAsync(["status", _run.Path, "--json"]);
        Assert.Contains("\"finished\":true", json.Output, StringComparison.Ordinal);
        var watch = await TestRun.CommandAsync(["status", _run.Path, "--watch"]);
        Assert.Contains("4 of 4 shards, 4 of 4 images, 0 failed", watch.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_FromArchivesListsAndTrees_TakesThemAll()
    {
        _run.With(3);
        Directory.CreateDirectory(_run["in/below"]);
        File.Move(_run["in/0002.png"], _run["in/below/0002.png"]);
        File.Copy(_run["in/0000.png"], _run["in/.hidden.png"]);
        File.WriteAllText(_run["in/notes.md"], "no image");
        using (var stream = File.Create(_run["in/some.tar"]))
        {
            using var tar = new TarWriter(stream, TarEntryFormat.Pax);
            tar.WriteEntry(Fixture.Path("images/scene.png"), new string('d', 120) + "/in a folder.png");
            tar.WriteEntry(Fixture.Path("micro/config.json"), "config.json");
            tar.WriteEntry(Fixture.Path("images/narrow.png"), "./narrow.png");
        }

        Directory.CreateDirectory(_run["lists"]);
        File.WriteAllText(_run["lists/some.txt"], $"../in/0001.png\n\n{Fixture.Path("images/scene.png")}\n");

        var (exitCode, output, error) = await TestRun.CommandAsync(
        [
            "create", _run.Images, _run["lists/some.txt"], "--recursive", "--run", _run.Path, "--shard-images", "4", .. TestRun.Quick,
        ]);
        Assert.True(exitCode == 0, error);
        Assert.Contains("7 images in 2 shards of 4", output, StringComparison.Ordinal);
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"])).ExitCode);

        await _run.AssertCompleteAsync();
        var sizes = TestRun.Query($"select distinct image, width, height from '{_run.Path}/masks/*.parquet'")
            .ToDictionary(row => (string)row[0]!, row => ((int)row[1]!, (int)row[2]!));
        Assert.Equal(
            [
                "../in/0001.png", Fixture.Path("images/scene.png"), "0000.png", "0001.png", "below/0002.png",
                $"some.tar/{new string('d', 120)}/in a folder.png", "some.tar/narrow.png",
            ],
            sizes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(sizes[Fixture.Path("images/scene.png")], sizes[$"some.tar/{new string('d', 120)}/in a folder.png"]);
    }

    [Theory]
    [InlineData("nothing", "found nothing there")]
    [InlineData("empty", "found none")]
    [InlineData("above", "--recursive")]
    [InlineData("list.txt", "line 2: expected an image, found nothing at missing.png")]
    [InlineData("notes.md", "found another kind of file")]
    [InlineData("bad.tar", "expected a tar archive")]
    public async Task Create_FromWhatHasNoImages_SaysWhatIsWrong(string input, string expected)
    {
        _run.With(1);
        Directory.CreateDirectory(_run["empty"]);
        Directory.CreateDirectory(_run["above/below"]);
        File.WriteAllText(_run["list.txt"], "in/0000.png\nmissing.png\n");
        File.WriteAllText(_run["notes.md"], "no image");
        File.WriteAllBytes(_run["bad.tar"], [.. Enumerable.Repeat((byte)'x', 4096)]);

        var (exitCode, _, error) = await TestRun.CommandAsync(["create", _run[input], "--run", _run.Path, .. TestRun.Quick]);

        Assert.InRange(exitCode, 1, 2);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.False(File.Exists(_run["run/run.json"]));
    }

    [Fact]
    public async Task Create_TwoImagesOfOneName_NamesBoth()
    {
        _run.With(1);
        Directory.CreateDirectory(_run["more"]);
        File.Copy(_run["in/0000.png"], _run["more/0000.png"]);

        var (exitCode, _, error) = await TestRun.CommandAsync(
            ["create", _run.Images, _run["more"], "--run", _run.Path, .. TestRun.Quick]);

        Assert.Equal(1, exitCode);
        Assert.Contains(_run["in/0000.png"], error, StringComparison.Ordinal);
        Assert.Contains(_run["more/0000.png"], error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_ImagesThatChangedSince_HaveAnErrorAndARetryTakesThemAsTheyAre()
    {
        await _run.With(5).CreateAsync(5);
        File.SetLastWriteTimeUtc(_run["in/0001.png"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.Copy(Fixture.Path("images/one-pixel.png"), _run["in/0002.png"], overwrite: true);
        File.Delete(_run["in/0003.png"]);

        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"])).ExitCode);
        await _run.AssertCompleteAsync(failed: 3);
        var errors = TestRun.Query($"select error from '{_run.Path}/masks/*.parquet' where error is not null order by image");
        Assert.Contains("changed since the run was created", (string)errors[0][0]!, StringComparison.Ordinal);
        Assert.Contains("changed since the run was created", (string)errors[1][0]!, StringComparison.Ordinal);
        Assert.Contains("file not found", (string)errors[2][0]!, StringComparison.Ordinal);

        var retry = await TestRun.CommandAsync(["retry", _run.Path, "--run", _run["again"]]);
        Assert.True(retry.ExitCode == 0, retry.Error);
        Assert.Contains("3 images in 1 shard", retry.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run["again"], "--part", "0/1"])).ExitCode);
        await _run.AssertCompleteAsync(failed: 1, _run["again"]);
    }

    [Fact]
    public async Task Create_PipelineOfSeveralRowsAnImage_IsRefused()
    {
        _run.With(1);
        var ml = new MLContext();
        var options = new AutomaticMaskGenerationOptions { Model = Sam2Model.FromNameOrPath(Fixture.Path("micro")), PointsPerSide = 2 };
        using var model = ml.Transforms.GenerateMasks("Masks", "Image", options).Append(ml.Transforms.ExpandMasks("Mask", "Masks"))
            .Fit(ml.Data.LoadFromEnumerable<FileRow>([]));

        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => MaskRun.CreateAsync(ml, model, [_run.Images], MaskRunStore.Open(_run.Path), null, TestContext.Current.CancellationToken));

        Assert.Contains("ExpandMasks", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Create_PipelineOfOnesOwn_IsWorkedAt(bool keepsPlainColumnsOnly)
    {
        _run.With(3);
        var ml = new MLContext();
        var options = new AutomaticMaskGenerationOptions
        {
            Model = Sam2Model.FromNameOrPath(Fixture.Path("micro")),
            PointsPerSide = 2,
            PredictedIouThreshold = 0,
            StabilityScoreThreshold = 0,
        };
        IEstimator<ITransformer> pipeline = ml.Transforms.GenerateMasks("Found", "Photo", options);
        if (keepsPlainColumnsOnly)
        {
            pipeline = pipeline.Append(ml.Transforms.SelectColumns(
                "Key", "Found.CocoRle", "Found.ImageSize", "Found.PredictedIou", "Found.StabilityScore"));
        }

        var model = pipeline.Fit(ml.Data.LoadFromEnumerable<FileRow>([]));
        using var run = await MaskRun.CreateAsync(
            ml,
            model,
            [_run.Images],
            MaskRunStore.Open(_run.Path),
            new MaskRunOptions { ImageColumn = "Photo" },
            TestContext.Current.CancellationToken);
        var result = await run.WorkAsync(0, TestContext.Current.CancellationToken);

        Assert.Equal((MaskShardOutcome.Committed, 3, 0, 1), (result.Outcome, result.ImageCount, result.FailedImageCount, result.Attempt));
        Assert.True(result.MaskCount > 0);
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public void SortedLines_MoreThanMemoryHolds_AreSorted()
    {
        Directory.CreateDirectory(_run["sorting"]);
        var random = new Random(1);
        using var lines = new SortedLines(_run["sorting"], linesInMemory: 10);
        var keys = Enumerable.Range(0, 1005).Select(_ => $"{random.Next(500)} \u732b").ToList();
        keys.ForEach(key => lines.Add(key, $"line of {key}"));

        Assert.Equal(keys.Order(StringComparer.Ordinal).Select(key => (key, $"line of {key}")), lines.Read());
    }

    private sealed class FileRow
    {
        public byte[] Image { get; set; } = [];

        public byte[] Photo { get; set; } = [];

        public string Key { get; set; } = string.Empty;
    }
}
