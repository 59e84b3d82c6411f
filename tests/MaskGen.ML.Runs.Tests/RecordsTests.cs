using MaskGen.ML.Cli;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Runs.Tests;

/// <summary>What a run finds is what <c>maskgen everything</c> finds, and can be read while it runs.</summary>
public sealed class RecordsTests : IDisposable
{
    private const string Columns =
        "image, width, height, error, mask, label, predicted_iou, stability_score, area, x, y, w, h, coco_rle";

    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("--mask-nms 0.5 --disjoint smaller --label thing --max-masks 5")]
    public async Task Work_SameImagesAndOptions_GivesTheRecordsOfEverything(string options)
    {
        string[] more = [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. TestRun.Many];
        File.Copy(Fixture.Path("images/scene-orientation-6.jpg"), _run.With(7).Images + "/turned.jpg");
        await _run.CreateAsync(3, more);
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"])).ExitCode);
        await _run.AssertCompleteAsync();

        using var error = new StringWriter();
        var exitCode = await MaskGenCommandLine.RunAsync(
            ["everything", _run.Images, "--out", _run["out"], "--format", "parquet", .. TestRun.QuickWith(more)],
            TextWriter.Null,
            error,
            TestContext.Current.CancellationToken,
            new UserEnvironment
            {
                Variable = _ => null, SettingsPath = null, Input = TextReader.Null, HasKeyboard = false, CanReach = _ => false,
            });
        Assert.True(exitCode == 0, error.ToString());

        var ours = $"select {Columns} from '{_run.Path}/masks/*.parquet'";
        var theirs = $"select {Columns} from '{_run["out"]}/masks.parquet'";
        Assert.True((long)TestRun.Query($"select count(mask) from ({theirs})").Single()[0]! > 3);
        Assert.Empty(TestRun.Query($"({ours}) except ({theirs})"));
        Assert.Empty(TestRun.Query($"({theirs}) except ({ours})"));
        Assert.Equal(
            TestRun.Query($"select count(*) from ({theirs})").Single(), TestRun.Query($"select count(*) from ({ours})").Single());
        Assert.Equal(
            [[1L, 1L, 1L, 1]],
            TestRun.Query(
                "select count(distinct attempt), count(distinct worker), count(distinct cpu), any_value(attempt) "
                + $"from '{_run.Path}/masks/*.parquet'"));
    }

    [Fact]
    public async Task Masks_WhileAWorkerRuns_AreReadableAndWhole()
    {
        await _run.With(24).CreateAsync(4);
        using var worker = WorkerProgram.Start(["work", _run.Path, "--part", "0/1", "--threads", "1"]);
        for (var done = 1; done <= 6; done++)
        {
            await worker.LineAsync(line => line.Contains("committed", StringComparison.Ordinal));
            var images = (long)TestRun.Query($"select count(distinct image) from '{_run.Path}/masks/*.parquet'").Single()[0]!;
            Assert.Equal(0, images % 4);
            Assert.InRange(images, 4 * done, 24);
            Assert.Equal(0, (await TestRun.CommandAsync(["status", _run.Path, "--json"])).ExitCode);
        }

        Assert.Equal(0, (await worker.EndAsync()).ExitCode);
        await _run.AssertCompleteAsync();
    }
}
