using System.Text.RegularExpressions;
using MaskGen.ML.Results;

namespace MaskGen.ML.Packages.Tests.Notebooks;

/// <remarks>Not beside others: a notebook runs in its own folder, which is the process's.</remarks>
[Collection(nameof(NotebookTests))]
[CollectionDefinition(nameof(NotebookTests), DisableParallelization = true)]
public partial class NotebookTests
{
    public static TheoryData<string> Names => ["box-prompts", "ml-net-pipeline", "point-prompts", "segment-everything"];

    [Fact]
    public async Task SegmentEverything_RunsAndShowsMasks()
    {
        var images = Images(await RunAsync("segment-everything"));

        Assert.Equal([true, false], images.Select(image => image.Options.ShowNumbers));
        Assert.NotEmpty(images[0].Masks);
        Assert.True(images[1].Masks.Count > images[0].Masks.Count, "Crops find more.");
    }

    [Fact]
    public async Task PointPrompts_RunsAndShowsEveryAnswer()
    {
        var results = await RunAsync("point-prompts");

        Assert.Equal([3, 1, 1, 3], Images(results).Select(image => image.Masks.Count));
        Assert.Equal(3, results[2].Printed.Split('\n').Count(line => line.Contains("predicted IoU", StringComparison.Ordinal)));
        Assert.All(Images(results), image => Assert.True(image.Masks.Max(mask => mask.Area) > 1000));
    }

    [Fact]
    public async Task BoxPrompts_RunsAndShowsAMaskPerBox()
    {
        Assert.Equal([4, 1], Images(await RunAsync("box-prompts")).Select(image => image.Masks.Count));
    }

    [Fact]
    public async Task MlNetPipeline_RunsAndShowsEachImageByCluster()
    {
        var results = await RunAsync("ml-net-pipeline");

        var clusters = results
            .SelectMany(result => result.Printed.Split('\n'))
            .Where(line => line.StartsWith("Cluster", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(1, 6).Select(cluster => $"Cluster {cluster}"), clusters.Select(line => line.Split(':')[0]));
        var images = Images(results);
        Assert.Equal(4, images.Length);
        Assert.All(images[..2], image => Assert.NotEmpty(image.Masks));
        Assert.All(images[2..], image => Assert.Equal(6, image.Masks.Count));
        Assert.All(
            images[2..],
            image => Assert.True(image.Masks.Count(mask => mask.Area > 0) >= 3, "Each image has things of several clusters."));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void File_SaysBeforeEachCellWhatItShows(string name)
    {
        var cells = NotebookRunner.Read(name)["cells"]!.AsArray().Select(cell => cell!.AsObject()).ToList();

        Assert.All(
            cells.Where(cell => (string?)cell["cell_type"] == "code"),
            cell => Assert.Equal("markdown", (string?)cells[cells.IndexOf(cell) - 1]["cell_type"]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void File_BeginsWithWhereThePackageComesFrom(string name)
    {
        var cell = NotebookRunner.CodeCells(NotebookRunner.Read(name)).First();
        var lines = cell["source"]!.AsArray().Select(line => ((string)line!).TrimEnd());

        Assert.Equal(["#i \"nuget:/full/path/of/packages\"", "#r \"nuget: MaskGen.ML.Results, *-*\""], lines.Take(2));
    }

    /// <summary>Writes what the cells show into the files, after a change to them or to what they show.</summary>
    [Theory(Explicit = true)]
    [MemberData(nameof(Names))]
    public async Task RefreshOutputs(string name) =>
        NotebookOutputs.Save(name, await NotebookRunner.RunAsync(name, TestContext.Current.CancellationToken));

    [Fact]
    public void Folder_HasNoNotebookThatIsNotRun()
    {
        var names = Directory.GetFiles(NotebookRunner.Folder(), "*.ipynb")
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);

        Assert.Equal(Names.Select(row => row.Data), names);
    }

    // Runs a notebook; its file must keep as many images as its cells show now.
    private static async Task<IReadOnlyList<CellResult>> RunAsync(string name)
    {
        var results = await NotebookRunner.RunAsync(name, TestContext.Current.CancellationToken);
        var kept = NotebookRunner.CodeCells(NotebookRunner.Read(name)).Select(cell => KeptImage().Count(cell["outputs"]!.ToJsonString()));
        Assert.Equal(results.Select(result => result.Displayed.Count(value => value is MaskedImage or MaskSet or MaskRecord)), kept);
        return results;
    }

    private static MaskedImage[] Images(IEnumerable<CellResult> results) =>
        [.. results.SelectMany(result => result.Displayed).OfType<MaskedImage>()];

    [GeneratedRegex("src=.{0,8}data:image/")]
    private static partial Regex KeptImage();
}
