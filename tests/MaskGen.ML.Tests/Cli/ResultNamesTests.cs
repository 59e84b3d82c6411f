using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Cli;

public class ResultNamesTests
{
    [Fact]
    public void Of_EachCommand_HasNamesOfItsOwn()
    {
        var (everything, prompt) = (new ResultNames("out", ResultOrigin.Everything), new ResultNames("out", ResultOrigin.Prompt));

        Assert.Equal(
            [
                "a.b.masks.json", "a.b.overlay.png", "a.b.html", "a.b.labels.png", "labels/a.b.yolo.json", "images/a.b.png",
                "labels/a.b.txt", "a.b.json", "a.b.labelstudio.json", "a.b.geojson", "a.b.cutouts.json", "a.b.svg",
            ],
            everything.Of("a.b.png", ResultFormats.All).Select(file => file.Name));
        Assert.Equal(
            [
                "a.b.prompt.masks.json", "a.b.prompt.overlay.png", "a.b.prompt.html", "a.b.prompt.labels.png", "labels/a.b.yolo.json",
                "images/a.b.png", "labels/a.b.txt", "a.b.json", "a.b.prompt.labelstudio.json", "a.b.prompt.geojson",
                "a.b.prompt.cutouts.json", "a.b.prompt.svg",
            ],
            prompt.Of("a.b.png", ResultFormats.All).Select(file => file.Name));
        Assert.Equal(
            ["index.html", "annotations.coco.json", "data.yaml", "annotations.cvat.xml", "masks.parquet"],
            FilesOfRun(everything, imageCount: 2));
        Assert.Equal(
            ["annotations.prompt.coco.json", "data.prompt.yaml", "annotations.prompt.cvat.xml", "masks.prompt.parquet"],
            FilesOfRun(prompt, imageCount: 1));
        Assert.Equal(Path.Combine("out", "a.mask-0002.png"), everything.PathOfMask("a.png", 2));
        Assert.Equal(Path.Combine("out", "a.prompt.mask-12345.png"), prompt.PathOfMask("a.png", 12345));
    }

    [Fact]
    public void Of_ImageInATree_MirrorsIt()
    {
        var names = new ResultNames("out", ResultOrigin.Prompt);

        Assert.Equal(
            [
                "x.y/z/a.b.prompt.masks.json", "x.y/z/a.b.prompt.overlay.png", "x.y/z/a.b.prompt.html", "x.y/z/a.b.prompt.labels.png",
                "labels/x.y/z/a.b.yolo.json", "images/x.y/z/a.b.png", "labels/x.y/z/a.b.txt", "x.y/z/a.b.json",
                "x.y/z/a.b.prompt.labelstudio.json", "x.y/z/a.b.prompt.geojson", "x.y/z/a.b.prompt.cutouts.json",
                "x.y/z/a.b.prompt.svg",
            ],
            names.Of("x.y/z/a.b.png", ResultFormats.All).Select(file => file.Name));
        Assert.Equal(Path.Combine("out", "x.y", "z", "a.prompt.html"), names.PathOf("x.y/z/a.png", ".html"));
        Assert.Equal(Path.Combine("out", "x.y", "a.prompt.mask-0002.png"), names.PathOfMask("x.y/a.png", 2));
        Assert.Equal(("x.y/a", 2), names.TryParseMask("x.y/a.prompt.mask-0002.png"));
        Assert.Equal(["x.y/z", "x", ""], new[] { "x.y/z/a.png", "x/a", "a.png" }.Select(ResultNames.FolderOf));
    }

    private static IEnumerable<string> FilesOfRun(ResultNames names, int imageCount) =>
        ResultFormats.All.Select(format => format.FileOfRun(names, imageCount)?.Name).OfType<string>();

    [Property]
    public void TryParseMask_AnyMask_ReadsBack(PositiveInt number, bool isPrompt)
    {
        var names = new ResultNames("out", isPrompt ? ResultOrigin.Prompt : ResultOrigin.Everything);
        foreach (var image in new[] { "a.png", "a.mask-0001.png", "b.prompt.jpg", ".mask-.png" })
        {
            Assert.Equal(
                (ResultNames.StemOf(image), number.Get), names.TryParseMask(Path.GetFileName(names.PathOfMask(image, number.Get))));
        }
    }

    [Theory]
    [InlineData("a.mask-1.png")]
    [InlineData("a.mask-00001.png")]
    [InlineData("a.mask-0000.png")]
    [InlineData("a.mask-99999999999.png")]
    [InlineData("a.mask-+001.png")]
    [InlineData("a.mask-0001.jpg")]
    [InlineData("a.mask-.png")]
    [InlineData("a.mask-0001")]
    [InlineData("mask-0001.png")]
    [InlineData(".mask-0001.png")]
    [InlineData("a.labels.png")]
    public void TryParseMask_AnotherName_IsNone(string name) =>
        Assert.Null(new ResultNames("out", ResultOrigin.Everything).TryParseMask(name));

    [Fact]
    public void TryParseMask_MaskOfTheOtherCommand_IsNotOfTheSameImage()
    {
        Assert.Null(new ResultNames("out", ResultOrigin.Prompt).TryParseMask("a.mask-0001.png"));
        Assert.Equal(("a.prompt", 1), new ResultNames("out", ResultOrigin.Everything).TryParseMask("a.prompt.mask-0001.png"));
    }

    [Theory]
    [InlineData("nano", "nano")]
    [InlineData("facebook/sam2.1-hiera-tiny", "facebook/sam2.1-hiera-tiny")]
    [InlineData("/home/someone/models/tiny", "tiny")]
    [InlineData("/home/someone/models/tiny/", "tiny")]
    [InlineData("models/tiny.safetensors", "tiny.safetensors")]
    [InlineData("./tiny", "tiny")]
    [InlineData("../models/tiny.pt", "tiny.pt")]
    [InlineData("C:\\Users\\someone\\tiny.pt", "tiny.pt")]
    [InlineData("a/b/c", "c")]
    public void ModelName_AnyModel_IsNoPath(string name, string expected) => Assert.Equal(expected, ModelName.PathFree(name));

    [Fact]
    public void ModelName_FolderOnDisk_IsNoRepository()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["models/tiny"]);
        var here = Path.GetRelativePath(Environment.CurrentDirectory, folder["models/tiny"]);

        Assert.Equal("tiny", ModelName.PathFree(here));
        Assert.Equal(Path.GetFileName(Environment.CurrentDirectory), ModelName.PathFree("."));
    }
}
