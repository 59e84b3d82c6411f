using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public sealed class YoloLayoutTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The plainest reading of the rule: the last part <c>/images/</c> becomes <c>/labels/</c>, the extension <c>.txt</c>; without
    /// such a part the labels lie beside the image.</summary>
    public static string LabelsAsUltralyticsFindsThem(string image)
    {
        var folders = image.Replace('\\', '/').Split('/');
        var last = Array.LastIndexOf(folders[..^1], "images");
        if (last >= 0)
        {
            folders[last] = "labels";
        }

        return Path.ChangeExtension(string.Join('/', folders), ".txt");
    }

    [Theory]
    [InlineData("a.png", "images/a.png", "labels/a.txt")]
    [InlineData("a.b.jpg", "images/a.b.jpg", "labels/a.b.txt")]
    [InlineData("x y/写真.JPG", "images/x y/写真.JPG", "labels/x y/写真.txt")]
    [InlineData("images/a.png", "images/images/a.png", "images/labels/a.txt")]
    [InlineData("train/images/x/a.png", "images/train/images/x/a.png", "images/train/labels/x/a.txt")]
    [InlineData("my images/a.png", "images/my images/a.png", "labels/my images/a.txt")]
    [InlineData("a.jfif", "images/a.jpg", "labels/a.txt")]
    [InlineData("x.y/a.JPE", "images/x.y/a.jpg", "labels/x.y/a.txt")]
    [InlineData("x.y/a", "images/x.y/a", "labels/x.y/a.txt")]
    public void Files_OfAnImage_LieWhereUltralyticsLooks(string image, string expectedImage, string expectedLabels)
    {
        Assert.Equal(expectedImage, YoloLayout.ImageOf(image));
        Assert.Equal(expectedLabels, YoloLayout.LabelsOf(image, ".txt"));
        Assert.Equal(LabelsAsUltralyticsFindsThem(YoloLayout.ImageOf(image)), YoloLayout.LabelsOf(image, ".txt"));

        // Whatever the data set is called.
        Assert.Equal(
            LabelsAsUltralyticsFindsThem("/images/data/" + expectedImage),
            YoloLayout.BesideLabels("/images/data/" + expectedImage, ".txt"));
    }

    [Theory]
    [InlineData("photos/a.png")]
    [InlineData("images.old/a.png")]
    [InlineData("a.png")]
    public void BesideLabels_OfAnImageElsewhere_IsNone(string path) => Assert.Null(YoloLayout.BesideLabels(path, ".txt"));

    [Theory]
    [InlineData("a.png", true)]
    [InlineData("a.TIFF", true)]
    [InlineData("a.jif", true)]
    [InlineData("a.gif", false)]
    [InlineData("a", false)]
    public void IsRead_ByExtension_IsAsUltralyticsHasIt(string image, bool expected) => Assert.Equal(expected, YoloLayout.IsRead(image));

    [Theory]
    [InlineData("train/a.png,val/b.png", "images/train", "images/val", null)]
    [InlineData("train/a.png,valid/b.png,test/c.png", "images/train", "images/valid", "images/test")]
    [InlineData("train/a.png,val/b.png,other/c.png", "images", "images", null)]
    [InlineData("train/a.png,val/b.png,c.png", "images", "images", null)]
    [InlineData("train/a.png", "images", "images", null)]
    [InlineData("", "images", "images", null)]
    public void SplitsOf_FoldersOfImages_AreThoseThatAreCalledSo(string files, string train, string val, string? test)
    {
        foreach (var file in files.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            _folder.Write("images/" + file, [1]);
        }

        Assert.Equal((train, val, test), YoloLayout.SplitsOf(_folder.Path));
    }
}
