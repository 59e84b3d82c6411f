using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests.Notebooks;

/// <remarks>Not beside others: a notebook runs in its own folder, which is the process's.</remarks>
[Collection(nameof(NotebookTests))]
[CollectionDefinition(nameof(NotebookTests), DisableParallelization = true)]
public partial class NotebookTests
{
    public static TheoryData<string> Names => ["box-prompts", "ml-net-pipeline", "point-prompts", "segment-everything"];

    [Fact]
    public async Task SegmentEverything_RunsAndShowsMasks()
    {
        var pictures = Pictures(await RunAsync("segment-everything"));

        Assert.Equal([true, false], pictures.Select(picture => picture.WithNumbers));
        Assert.NotEmpty(pictures[0].Masks);
        Assert.True(pictures[1].Masks.Count > pictures[0].Masks.Count, "Crops find more.");
    }

    [Fact]
    public async Task PointPrompts_RunsAndShowsEveryAnswer()
    {
        var results = await RunAsync("point-prompts");

        Assert.Equal([1, 1, 1, 3], Pictures(results).Select(picture => picture.Masks.Count));
        Assert.Equal(3, results[2].Printed.Split('\n').Count(line => line.Contains("predicted IoU", StringComparison.Ordinal)));
        Assert.All(Pictures(results), picture => Assert.True(picture.Masks.Max(mask => mask.Area) > 1000));
    }

    [Fact]
    public async Task BoxPrompts_RunsAndShowsAMaskPerBox()
    {
        Assert.Equal([4, 1], Pictures(await RunAsync("box-prompts")).Select(picture => picture.Masks.Count));
    }

    [Fact]
    public async Task MlNetPipeline_RunsAndShowsThreeClusters()
    {
        var results = await RunAsync("ml-net-pipeline");

        Assert.Equal([3], results.SelectMany(result => result.Displayed));
        Assert.Equal(3, results[^1].Printed.Split('\n').Count(line => line.StartsWith("cluster", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void File_KeepsAPictureForEveryPictureThatACellShows(string name)
    {
        foreach (var cell in NotebookRunner.CodeCells(NotebookRunner.Read(name)))
        {
            var shown = ShownPicture().Count(string.Concat(cell["source"]!.AsArray().Select(line => (string)line!)));
            Assert.Equal(shown, KeptPicture().Count(cell["outputs"]!.ToJsonString()));
        }
    }

    /// <summary>Writes what the cells show into the files, after a change to them or to what they show.</summary>
    [Theory(Explicit = true)]
    [MemberData(nameof(Names))]
    public async Task RefreshOutputs(string name) => NotebookOutputs.Save(name, await RunAsync(name));

    [Fact]
    public void Folder_HasNoNotebookThatIsNotRun()
    {
        var names = Directory.GetFiles(NotebookRunner.Folder(), "*.ipynb").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);

        Assert.Equal(Names.Select(row => row.Data), names);
    }

    private static Task<IReadOnlyList<CellResult>> RunAsync(string name) => NotebookRunner.RunAsync(name, TestContext.Current.CancellationToken);

    private static MaskPicture[] Pictures(IEnumerable<CellResult> results) => [.. results.SelectMany(result => result.Displayed).OfType<MaskPicture>()];

    [GeneratedRegex(@"display\((new MaskPicture|masks\[)")]
    private static partial Regex ShownPicture();

    [GeneratedRegex("src=.{0,8}data:image/")]
    private static partial Regex KeptPicture();
}
