using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Files;

public class FileNamesTests
{
    [Theory]
    [InlineData("a.html")]
    [InlineData("b/a.HTM")]
    [InlineData("a.b.Html")]
    public void ThrowUnlessNamed_RightExtension_Passes(string path) => FileNames.ThrowUnlessNamed(path, ".html", ".htm");

    [Theory]
    [InlineData("a.png", "found .png")]
    [InlineData("html", "found no extension")]
    [InlineData("a.html/b", "found no extension")]
    public void ThrowUnlessNamed_AnotherExtension_SaysExpectedAndFound(string path, string found)
    {
        var error = Assert.Throws<ArgumentException>(() => FileNames.ThrowUnlessNamed(path, ".html", ".htm"));

        Assert.StartsWith($"{path}: expected a name that ends in .html or .htm, {found}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryWriter_NameOfAnotherKindOfFile_RefusesAndWritesNothing()
    {
        using var folder = new TestFolder();
        var image = RgbImage.FromPixels(new ImageSize(1, 1), new byte[3]);
        var masks = new MaskSet(new ImageSize(1, 1), []);
        var mask = RunLengthEncoding.FromCounts(new ImageSize(1, 1), [1]);

        Assert.Throws<ArgumentException>(() => MaskPng.Save(folder["a.jpg"], mask));
        Assert.Throws<ArgumentException>(() => LabelMap.FromMasks(masks).SavePng(folder["a.jpg"]));
        Assert.Throws<ArgumentException>(() => MaskOverlay.Save(folder["a.gif"], image, masks));
        Assert.Throws<ArgumentException>(() => MaskOverlay.Save(folder["a"], image, masks));
        Assert.Throws<ArgumentException>(() => MasksJson.Save(folder["a.png"], "a.png", "nano", masks));
        Assert.Throws<ArgumentException>(
            () => MasksJson.Save(folder["a.png"], "a.png", "nano", masks, new() { Form = MaskRecordForm.Prompted }));
        Assert.Throws<ArgumentException>(() => HtmlReport.Save(folder["a.png"], "a.png", image, masks));
        Assert.Throws<ArgumentException>(() => HtmlReportIndex.Save(folder["a.png"], "a", []));
        Assert.Throws<ArgumentException>(() => new CocoDatasetWriter(folder["a.png"]));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
