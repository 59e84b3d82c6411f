using System.Text;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Cli;

/// <summary>Runs of <c>maskgen prompt</c> with files of boxes and points, from end to end.</summary>
public sealed class PromptFilesRunTests : IDisposable
{
    private static readonly string Scene = Fixture.Path("images/scene.png");

    private readonly TestFolder _folder = new();

    public PromptFilesRunTests()
    {
        foreach (var name in new[] { "in/a.png", "in/x/a.png", "in/x/b.png" })
        {
            _folder.Write(name, File.ReadAllBytes(Scene));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Boxes_OfATree_GiveLabelledMasksInTheMirroredTree()
    {
        Write(
            "boxes.csv",
            """
            image,x0,y0,x1,y1,label,score
            x/a.png,5,5,60,50,cat,0.5
            a.png,2,3,40,40,dog,0.25
            x/a.png,9,9,90,70,cat,
            no.png,1,2,3,4,q,1
            """);

        var run = await RunAsync(_folder["in"], "-r", "--boxes", _folder["boxes.csv"], "-f", "json,coco");

        Assert.Equal((0, string.Empty), (run.ExitCode, string.Join('\n', run.Failures)));
        Assert.Contains("1 row of 1 image that is not among those given, left out (no.png)", run.Error, StringComparison.Ordinal);
        Assert.Contains($"1 image has no rows in {_folder["boxes.csv"]}, left out (x/b.png).", run.Error, StringComparison.Ordinal);
        Assert.Contains("2 of 2 images done.", run.Error, StringComparison.Ordinal);
        var masks = MasksJson.Load(_folder["out/x/a.prompt.masks.json"]).Masks;
        Assert.Equal([("cat", 0.5), ("cat", null)], masks.Select(mask => (mask.Label!, mask.PromptScore)));
        Assert.Equal(new BoxXyxy(5, 5, 60, 50), masks[0].Box);
        var dataset = CocoDataset.Load(_folder["out/annotations.prompt.coco.json"]);
        Assert.Equal(["a.png", "x/a.png"], dataset.Images.Select(image => image.FileName));
        Assert.Equal(["dog", "cat"], dataset.Categories.Select(category => category.Name));
        Assert.Equal(0.25, dataset["a.png"][0].PromptScore);
    }

    [Fact]
    public async Task Boxes_OfOneImage_GiveTheMasksOfTheSameBoxesTyped()
    {
        Write("boxes.json", """[{"x0":5,"y0":5,"x1":60,"y1":50},{"x0":9,"y0":9,"x1":90,"y1":70}]""");

        await RunAsync(_folder["in/a.png"], "--boxes", _folder["boxes.json"], "-f", "json", "--label", "thing");
        var fromFile = MasksJson.Load(_folder["out/a.prompt.masks.json"]).Masks;
        await RunAsync(_folder["in/a.png"], "--box", "5,5,60,50", "--box", "9,9,90,70", "-f", "json", "--label", "thing");

        Assert.Equal(fromFile, MasksJson.Load(_folder["out/a.prompt.masks.json"]).Masks);
        Assert.All(fromFile, mask => Assert.Equal("thing", mask.Label));
    }

    [Fact]
    public async Task Boxes_WithMaskNms_SaysOfWhichNothingIsLeft()
    {
        Write("boxes.csv", "x0,y0,x1,y1,label\n5,5,60,50,cat\n5,5,60,50,dog\n5,5,60,50,\n");

        var run = await RunAsync(_folder["in/a.png"], "--boxes", _folder["boxes.csv"], "-f", "json", "--mask-nms", "0.5");

        Assert.Equal(0, run.ExitCode);
        Assert.Single(MasksJson.Load(_folder["out/a.prompt.masks.json"]).Masks);
        Assert.Contains(
            $"a.png: --mask-nms left nothing of 2 of 3 objects ({_folder["boxes.csv"]}, row 3, 'dog'; {_folder["boxes.csv"]}, row 4).",
            run.Error,
            StringComparison.Ordinal);

        run = await RunAsync(_folder["in/a.png"], "--box", "5,5,60,50", "--box", "5,5,60,50", "-f", "json", "--disjoint", "better");
        Assert.Contains("--disjoint left nothing of 1 of 2 objects (--box 2).", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disjoint_CandidatesOfOneObject_AreNotCutOutOfEachOther()
    {
        var run = await RunAsync(_folder["in/a.png"], "--point", "50,40", "-f", "json", "--disjoint", "smaller");

        Assert.Equal(0, run.ExitCode);
        Assert.Single(MasksJson.Load(_folder["out/a.prompt.masks.json"]).Masks);
        run = await RunAsync(_folder["in/a.png"], "--point", "50,40", "--multimask", "-f", "json", "--disjoint", "smaller");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--disjoint: expected one mask per object, found --multimask", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Points_WithMultimask_GiveThreeBestFirstPerObject()
    {
        Write("points.csv", "object,x,y,positive,label\n1,50,40,1,cat\n1,9,9,0,\n2,20,20,1,dog\n");

        await RunAsync(_folder["in/a.png"], "--points", _folder["points.csv"], "--multimask", "-f", "json");

        var masks = MasksJson.Load(_folder["out/a.prompt.masks.json"]).Masks;
        Assert.Equal(["cat", "cat", "cat", "dog", "dog", "dog"], masks.Select(mask => mask.Label));
        Assert.Equal([2, 2, 2, 1, 1, 1], masks.Select(mask => mask.Points.Count));
        Assert.True(masks[0].PredictedIou >= masks[1].PredictedIou && masks[1].PredictedIou >= masks[2].PredictedIou);
    }

    [Fact]
    public async Task Boxes_MoreThanAnyBatch_AreDecodedInPortionsWithProgress()
    {
        var boxes = Enumerable.Range(0, 1100).Select(i => $"{i % 40},{i % 30},{(i % 40) + 20},{(i % 30) + 20}");
        Write("boxes.csv", $"x0,y0,x1,y1\n{string.Join('\n', boxes)}\n");

        var run = await RunAsync(_folder["in/a.png"], "--boxes", _folder["boxes.csv"], "-f", "json");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("a.png: 576 of 1100 prompts, 576 masks", run.Error, StringComparison.Ordinal);
        Assert.Equal(1100, MasksJson.Load(_folder["out/a.prompt.masks.json"]).Masks.Count);
    }

    [Fact]
    public async Task Boxes_OffOneImage_FailThatImageOnly()
    {
        Write("boxes.csv", "image,x0,y0,x1,y1\na.png,5,5,60,50\nx/a.png,5000,5,6000,50\n");

        var run = await RunAsync(_folder["in"], "-r", "--boxes", _folder["boxes.csv"], "-f", "json");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(
            $"{_folder["boxes.csv"]}, row 3: 5000,5,6000,50: outside the image", Assert.Single(run.Failures), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["out/a.prompt.masks.json"]));
        Assert.False(Directory.Exists(_folder["out/x"]));
    }

    [Theory]
    [InlineData("--boxes FILE --box 1,2,3,4", "Expected --boxes and --points, or --point, --box and --mask; found some of both.")]
    [InlineData("--points 5,5", "--points 5,5: expected a file of points, found no file of that name; --point takes what is typed.")]
    [InlineData("--boxes FILE --label \u00a0", "--label: expected a name such as cat, found nothing.")]
    public async Task Run_OptionsThatDoNotGoTogether_SaysWhatIsExpected(string options, string expected)
    {
        Write("boxes.csv", "x0,y0,x1,y1\n");
        string[] typed = [.. options.Split(' ').Select(one => one == "FILE" ? _folder["boxes.csv"] : one)];

        var run = await RunAsync([_folder["in/a.png"], .. typed]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, Assert.Single(run.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SeveralImagesForWhatIsTyped_PointsToFiles()
    {
        var run = await RunAsync(_folder["in"], "-r", "--box", "1,2,30,40");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "Expected one image for what is typed, found 3; --boxes FILE and --points FILE name images.",
            Assert.Single(run.Failures),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NoRowsAtAll_Fails()
    {
        Write("boxes.csv", "image,x0,y0,x1,y1\nq.png,1,2,3,4\n");

        var run = await RunAsync(_folder["in"], "--boxes", _folder["boxes.csv"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Expected boxes or points for at least one image, found none", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public async Task Everything_WithALabel_GivesItToEveryMask()
    {
        var run = await CommandRun.EverythingAsync(_folder["in/a.png"], "--label", "cell", "-f", "json", "--out", _folder["out"]);

        Assert.Equal(0, run.ExitCode);
        var masks = MasksJson.Load(_folder["out/a.masks.json"]).Masks;
        Assert.NotEmpty(masks);
        Assert.All(masks, mask => Assert.Equal("cell", mask.Label));

        var other = await CommandRun.EverythingAsync(
            _folder["in/a.png"], "--label", "leaf", "-f", "json", "--out", _folder["out"], "--resume");
        Assert.DoesNotContain("done already", other.Error, StringComparison.Ordinal);
        Assert.Equal("leaf", MasksJson.Load(_folder["out/a.masks.json"]).Masks[0].Label);
    }

    private void Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private Task<CommandRun> RunAsync(params string[] args) =>
        CommandRun.RunAsync(["prompt", .. args, "--out", _folder["out"], "--model", Fixture.Path("micro")]);
}
