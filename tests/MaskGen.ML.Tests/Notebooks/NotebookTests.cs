namespace MaskGen.ML.Tests.Notebooks;

/// <remarks>Not beside others: a notebook runs in its own folder, which is the process's.</remarks>
[Collection(nameof(NotebookTests))]
[CollectionDefinition(nameof(NotebookTests), DisableParallelization = true)]
public class NotebookTests
{
    [Fact]
    public async Task SegmentEverything_RunsAndShowsMasks()
    {
        var displayed = await NotebookRunner.RunAsync("segment-everything", TestContext.Current.CancellationToken);

        Assert.NotEmpty(Assert.IsType<MaskPicture>(displayed[0]).Masks);
        Assert.Same(((MaskPicture)displayed[0]).Masks, displayed[1]);
    }

    [Fact]
    public async Task PointPrompts_RunsAndShowsThreeMasksThenOne()
    {
        var displayed = await NotebookRunner.RunAsync("point-prompts", TestContext.Current.CancellationToken);

        Assert.Equal([3, 1], displayed.Cast<MaskPicture>().Select(picture => picture.Masks.Count));
        Assert.All(displayed.Cast<MaskPicture>(), picture => Assert.True(picture.Masks.Max(mask => mask.Area) > 1000));
    }

    [Fact]
    public async Task BoxPrompts_RunsAndShowsAMaskPerBox()
    {
        var displayed = await NotebookRunner.RunAsync("box-prompts", TestContext.Current.CancellationToken);

        Assert.Equal([3, 1], displayed.Cast<MaskPicture>().Select(picture => picture.Masks.Count));
    }

    [Fact]
    public async Task MlNetPipeline_RunsAndShowsThreeClusters()
    {
        var displayed = await NotebookRunner.RunAsync("ml-net-pipeline", TestContext.Current.CancellationToken);

        Assert.Equal([3], displayed);
    }

    [Fact]
    public void Folder_HasNoNotebookThatIsNotRun()
    {
        var names = Directory.GetFiles(NotebookRunner.Folder(), "*.ipynb").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);

        Assert.Equal(["box-prompts", "ml-net-pipeline", "point-prompts", "segment-everything"], names);
    }
}
